import { create } from '@bufbuild/protobuf'
import {
  AlertFiredSchema,
  AlertOriginSchema,
  AlertPendingSchema,
  AlertRelabelledSchema,
  AlertResolvedSchema,
  EvidenceSchema,
  Resolution,
} from '@secumon/contracts/gen/alert'
import { ToldState } from '@secumon/contracts/gen/notification'
import { Severity } from '@secumon/contracts/gen/rule'
import type { DomainEvent } from '@secumon/domain/decider'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alertFacts, firedByFrameMs } from './alert-facts.ts'

const evidence = (atMs: number, value?: number) =>
  create(EvidenceSchema, {
    atMs: BigInt(atMs),
    receivedAtMs: BigInt(atMs + 5),
    threshold: 90,
    ...(value !== undefined && { value }),
  })
const origin = create(AlertOriginSchema, { ruleName: 'CPU', agentName: 'web-1', severity: Severity.CRITICAL })
const pending: DomainEvent = {
  case: 'alertPending',
  value: create(AlertPendingSchema, { origin, evidence: evidence(100, 91) }),
}
const fired: DomainEvent = {
  case: 'alertFired',
  value: create(AlertFiredSchema, { evidence: evidence(200, 96) }),
}
const resolved = (resolution: Resolution, value?: number): DomainEvent => ({
  case: 'alertResolved',
  value: create(AlertResolvedSchema, { evidence: evidence(900, value), resolution }),
})
const told = (events: readonly DomainEvent[], state: ToldState) => alertFacts(events, { alert: 'A', state })

for (const state of [ToldState.FIRING, ToldState.ACKNOWLEDGED])
  test(`what was told as state ${state} stays the same after the end`, () => {
    const before = told([pending, fired], state)
    assert.deepEqual(told([pending, fired, resolved(Resolution.RECOVERED, 5)], state), before)
    assert.deepEqual([before?.value, before?.sinceMs, before?.resolvedAtMs], [96, 200, undefined])
  })

test('names are the newest that were said', () => {
  const value = create(AlertRelabelledSchema, { origin: { ...origin, agentName: 'web-9' } })
  const { agentName, value: measured } = told(
    [pending, fired, { case: 'alertRelabelled', value }],
    ToldState.FIRING,
  ) ?? { agentName: '' }
  assert.deepEqual([agentName, measured], ['web-9', 96])
})

test('an end has its own value, and why it is one', () => {
  const over = told([pending, fired, resolved(Resolution.RECOVERED, 5)], ToldState.RESOLVED)
  assert.deepEqual(
    [over?.value, over?.sinceMs, over?.resolvedAtMs, over?.resolution],
    [5, 200, 900, 'recovered'],
  )
  const closed = told([pending, fired, resolved(Resolution.RULE_CHANGED)], ToldState.RESOLVED)
  assert.deepEqual([closed?.value, closed?.resolution], [undefined, 'rule_changed'])
})

test('nothing is told of what nobody knows the beginning of', () =>
  assert.equal(told([fired], ToldState.FIRING), undefined))

test('the frame is known that made it fire', () =>
  assert.deepEqual([[pending, fired], [pending]].map(firedByFrameMs), [205, 0]))
