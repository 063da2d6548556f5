// Everything that can happen to a link, in random order: at the end the log has every frame, in order, once, or a gap
// that stands for it.

import { RefusalKind } from '@secumon/contracts/gen/ingest'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import fc from 'fast-check'
import { testRig, type Rig } from '../testing/test-uplink.ts'
import { until } from '../testing/until.ts'

type Step =
  | { readonly kind: 'append'; readonly count: number; readonly bytes: number }
  | { readonly kind: 'cut' | 'restart' | 'wait' | 'rewind' | 'goaway' | 'swallow' | 'refuse' }
  | { readonly kind: 'rollback'; readonly share: number }
  | { readonly kind: 'window'; readonly window: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      count: fc.integer({ min: 1, max: 9 }),
      bytes: fc.integer({ min: 0, max: 3000 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('cut', 'restart', 'wait', 'rewind', 'goaway', 'swallow', 'refuse'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('rollback' as const),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('window' as const), window: fc.integer({ min: 1, max: 20 }) }),
  },
)

async function play(rig: Rig, step: Step): Promise<void> {
  const { gateway } = rig
  const say = (kind: RefusalKind): void => gateway.say(gateway.refusal(kind, { retryAfterMs: 100 }))
  let isSwallowed = false
  switch (step.kind) {
    case 'append':
      return rig.append(step.count, step.bytes)
    case 'cut':
      return gateway.cut()
    case 'restart':
      await rig.stop()
      return rig.start()
    case 'wait':
      return say(RefusalKind.WAIT)
    case 'rewind':
      return say(RefusalKind.REWIND)
    case 'goaway':
      return gateway.say({ case: 'goaway', value: { afterMs: 10, jitterMs: 10, reason: 'chaos' } })
    case 'rollback':
      gateway.rollBack(Math.floor(gateway.head.sequence * step.share))
      return gateway.cut()
    case 'window':
      gateway.window = step.window
      return undefined
    case 'swallow':
    case 'refuse':
      gateway.interfere = ({ message }) => {
        if (message.case !== 'submission' || isSwallowed) return undefined
        isSwallowed = true
        const sequence = gateway.head.sequence + 1
        const isNext = message.value.record.case === 'frame'
        return step.kind === 'refuse' && isNext ? [gateway.refusal(RefusalKind.REPLACE, { sequence })] : []
      }
  }
}

test('whatever happens to the link, the log ends whole', async (t) => {
  const seed = Date.now() & 0x7fffffff
  t.diagnostic(`seed ${seed}`)
  const steps = fc.sample(step, { seed, numRuns: 250 })
  const rig = await testRig(t, { maxBytes: 300_000 })
  rig.gateway.durable = 0
  const timings = { backoffBaseMs: 2, backoffMaxMs: 5, stallTimeoutMs: 150, drainTimeoutMs: 50 }
  const start = rig.start.bind(rig)
  rig.start = () => start({ timings })
  rig.start()
  for (const next of steps) {
    await play(rig, next)
    await setTimeout(Math.random() * 8)
  }
  rig.gateway.interfere = () => undefined
  rig.append(1)
  const { sequence } = rig.lane.spool.head
  await until(
    () => rig.gateway.head.sequence === sequence && rig.lane.accepted === sequence,
    'the log has it all',
    20_000,
  )
  let expected = 1
  for (const { first, last } of rig.gateway.log) {
    assert.equal(first, expected)
    expected = last + 1
  }
  assert.equal(expected, sequence + 1)
  assert.equal(rig.gateway.epoch, 1)
  assert.equal(rig.gateway.mostStreams, 1)
})
