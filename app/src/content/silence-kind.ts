// Silences in a content file: those that are meant to last, with the moment of their end. One is found again by its id, or by
// what it mutes and why; its end may change. One that is over is in no file, and what a file says of the past changes nothing.

import { silence, type SilenceCommand, type SilenceState } from '@secumon/domain/silence/silence'
import { matcherBodies, matchersOf } from '@secumon/gateway/api/alerting/muting-text'
import { SilenceCreate } from '@secumon/gateway/api/schemas/silence'
import { z } from 'zod'
import { ContentFault } from './content-fault.ts'
import { contentKind, type Context } from './content-kind.ts'

const Moment = z.iso.datetime({ offset: true, error: 'a time with its zone: 2027-03-01T00:00:00Z' })
const schema = SilenceCreate.extend({ starts_at: Moment.nullable().default(null), expires_at: Moment })
type Text = z.output<typeof schema>

const iso = (ms: number): string => new Date(ms).toISOString()

const textOf = (state: SilenceState, nowMs: number): Text | undefined =>
  state && !state.ended && state.expiresAtMs > nowMs
    ? {
        matchers: matcherBodies(state.matchers),
        reason: state.reason,
        starts_at: state.startsAtMs > nowMs ? iso(state.startsAtMs) : null,
        expires_at: iso(state.expiresAtMs),
      }
    : undefined

function nameOf(item: unknown): string | undefined {
  const { success, data } = schema.safeParse(item)
  if (!success) return undefined
  const matchers = data.matchers.map(({ label, operator, value }) => `${label}${operator}${value}`)
  const reason = data.reason.trim()
  return matchers.toSorted().join(', ') + (reason && ` (${reason})`)
}

const isOver = ({ expires_at }: Text, nowMs: number): boolean => Date.parse(expires_at) <= nowMs

function create(text: Text, { nowMs: atMs, names }: Context): SilenceCommand[] {
  if (isOver(text, atMs)) return []
  const { matchers, reason, starts_at, expires_at } = text
  const times = {
    startsAtMs: starts_at === null ? atMs : Date.parse(starts_at),
    expiresAtMs: Date.parse(expires_at),
  }
  return [
    {
      kind: 'CreateSilence',
      matchers: matchersOf(matchers),
      reason,
      ...times,
      atMs,
      others: names.count('silences'),
    },
  ]
}

function change(text: Text, state: SilenceState, atMs: number): SilenceCommand[] {
  if (isOver(text, atMs)) return []
  if (state && text.starts_at !== null && Date.parse(text.starts_at) !== state.startsAtMs)
    throw unchangeable('starts_at', `it begins at ${iso(state.startsAtMs)}, which cannot be changed`)
  if (nameOf(text) !== nameOf(textOf(state, atMs)))
    throw unchangeable('matchers', 'what it mutes, and why, cannot be changed')
  return [{ kind: 'ExtendSilence', expiresAtMs: Date.parse(text.expires_at), atMs }]
}

const unchangeable = (key: string, what: string): ContentFault =>
  new ContentFault([{ path: [key], reason: `${what}: end it first, and leave its id out` }])

export const silenceKind = contentKind({
  key: 'silences',
  decider: silence,
  schema,
  nameOf,
  textOf: (state, _, nowMs) => textOf(state, nowMs),
  create,
  change: (text, state, { nowMs }) => change(text, state, nowMs),
})
