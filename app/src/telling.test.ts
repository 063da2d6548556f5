import { create } from '@bufbuild/protobuf'
import { AlertFiredSchema, AlertNotedSchema, AlertPendingSchema } from '@secumon/contracts/gen/alert'
import { EnvelopeSchema } from '@secumon/contracts/gen/envelope'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventsAsOf } from './telling.ts'

const pending = { case: 'alertPending', value: create(AlertPendingSchema) } as const
const fired = { case: 'alertFired', value: create(AlertFiredSchema) } as const
const noted = { case: 'alertNoted', value: create(AlertNotedSchema) } as const
const said = (atMs: number, ...events: (typeof pending | typeof fired | typeof noted)[]) =>
  create(EnvelopeSchema, { atMs: BigInt(atMs), events: events.map((event) => ({ event })) })

test('whenever it is sent, a message tells what was said of an alert until then, and each step of its life', () => {
  const until = [said(100, pending), said(200, noted)]
  const cases = (...later: ReturnType<typeof said>[]) =>
    eventsAsOf([...until, ...later], 200).map((event) => event.case)
  assert.deepEqual(cases(), ['alertPending', 'alertNoted'])
  // The clock of whoever judges may be ahead of the clock of whoever tells.
  assert.deepEqual(cases(said(201, fired), said(202, noted)), ['alertPending', 'alertNoted', 'alertFired'])
})
