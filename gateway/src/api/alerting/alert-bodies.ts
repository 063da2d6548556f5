// Alerts as the API tells them: rows with the names of people, and their events in words.

import { ACKNOWLEDGEMENT_END, RESOLUTION } from '@secumon/contracts/alerting-words'
import type { Evidence } from '@secumon/contracts/gen/alert'
import type { Database } from '@secumon/infra/database/database'
import type { SaidOfAlert } from '@secumon/projections/alerts/queries/alert-history'
import type { AlertRow as FoundAlert } from '@secumon/projections/alerts/queries/alerts'
import type { z } from 'zod'
import type { AlertEvent, AlertRow, EvidenceBody } from '../schemas/alert.ts'
import { peopleOf, type People } from './people.ts'

type Row = z.infer<typeof AlertRow>
type Event = z.infer<typeof AlertEvent>

/** Rows with the names of who acknowledged. */
export async function alertRows(db: Database, found: readonly FoundAlert[]): Promise<Row[]> {
  const people = await peopleOf(
    db,
    found.map(({ acknowledged }) => acknowledged?.by),
  )
  return found.map((row) => ({
    ...row,
    acknowledged: row.acknowledged && { ...row.acknowledged, by: people(row.acknowledged.by) },
  }))
}

/** Events in words, with the names of who caused them. */
export async function alertEvents(db: Database, said: readonly SaidOfAlert[]): Promise<Event[]> {
  const people = await peopleOf(
    db,
    said.map(({ by }) => by),
  )
  return said.flatMap((one) => eventBody(one, people))
}

const NOTHING = {
  evidence: null,
  note: null,
  resolution: null,
  change_percent: null,
  expires_at: null,
  sticky: null,
  end: null,
  labels: null,
}

function eventBody(said: SaidOfAlert, people: People): Event[] {
  const told = toldOf(said.event)
  return told ? [{ version: said.version, at: said.at, by: people(said.by), ...NOTHING, ...told }] : []
}

type Told = Pick<Event, 'kind'> & Partial<Event>

function toldOf(event: SaidOfAlert['event']): Told | undefined {
  switch (event.case) {
    case 'alertPending':
      return { kind: 'pending', evidence: evidenceBody(event.value.evidence) }
    case 'alertFired':
      return { kind: 'fired', evidence: evidenceBody(event.value.evidence) }
    case 'alertResolved': {
      const resolution = RESOLUTION.word(event.value.resolution) ?? null
      return { kind: 'resolved', evidence: evidenceBody(event.value.evidence), resolution }
    }
    case 'alertFlapping':
    case 'alertSettled': {
      const kind = event.case === 'alertFlapping' ? 'flapping' : 'settled'
      const { changePercent, evidence } = event.value
      return { kind, change_percent: changePercent, evidence: evidenceBody(evidence) }
    }
    case 'alertHostUnknown':
      return { kind: 'host_unknown', evidence: evidenceBody(event.value.evidence) }
    case 'alertHostKnown':
      return { kind: 'host_known', evidence: evidenceBody(event.value.evidence) }
    case 'alertRelabelled':
      return { kind: 'relabelled', labels: event.value.origin?.labels ?? {} }
    case 'alertAcknowledged': {
      const { note, sticky, expiresAtMs } = event.value
      return { kind: 'acknowledged', note, sticky, expires_at: Number(expiresAtMs) || null }
    }
    case 'alertUnacknowledged':
      return { kind: 'unacknowledged', end: ACKNOWLEDGEMENT_END.word(event.value.end) ?? null }
    case 'alertNoted':
      return { kind: 'noted', note: event.value.note }
    default:
      return undefined
  }
}

function evidenceBody(evidence: Evidence | undefined): z.infer<typeof EvidenceBody> | null {
  if (!evidence) return null
  const { sample, value, threshold, samples, late } = evidence
  return {
    sample: sample
      ? {
          agent: sample.agent,
          epoch: Number(sample.epoch),
          lane: sample.lane,
          sequence: Number(sample.sequence),
          observation: sample.observation,
        }
      : null,
    at: Number(evidence.atMs),
    received_at: Number(evidence.receivedAtMs),
    value: value ?? null,
    threshold,
    samples: samples.map((one) => ({ at: Number(one.atMs), value: one.value })),
    late,
    rule_version: Number(evidence.ruleVersion),
  }
}
