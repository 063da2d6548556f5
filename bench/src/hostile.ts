// `npm run bench -- hostile [--count N] [--seed S]`: hostile and malformed messages over real streams, beside good agents
// that must not notice. Ends with an error when one answer was not of the protocol, or a good agent was harmed.

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { attack, emptyAccount } from '@secumon/gateway/ingest/testing/hostile-peer'
import { testGateway } from '@secumon/gateway/ingest/testing/test-gateway'
import { printJson, printTable } from './table.ts'

const ATTACKERS = 8
const GOOD_AGENTS = 5
const GOOD_PAUSE_MS = 50

export type HostileBenchOptions = { readonly count: number; readonly seed: number }

export async function benchHostile({ count, seed }: HostileBenchOptions): Promise<void> {
  const cleanUps: (() => Promise<void>)[] = []
  const scope = { after: (cleanUp: () => Promise<void>) => void cleanUps.push(cleanUp) }
  try {
    await run(scope, { count, seed })
  } finally {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp()
  }
}

type Scope = Parameters<typeof testGateway>[0]

async function run(scope: Scope, { count, seed }: HostileBenchOptions): Promise<void> {
  const gateway = await testGateway(scope)
  const victim = await gateway.enrol()
  const account = emptyAccount()
  let isOver = false
  const working = Array.from({ length: GOOD_AGENTS }, async () => {
    const agent = await gateway.enrol()
    const client = gateway.connect()
    await client.hello(agent)
    const chain = agent.chain()
    while (!isOver) {
      client.frame(chain.frame(300))
      await client.accepted(chain.head.sequence)
      await sleep(GOOD_PAUSE_MS)
    }
    return chain.head.sequence
  })
  const good = Promise.all(working)
  // What ends an attack is told first; the clean-up ends these too.
  good.catch(() => undefined)
  const started = performance.now()
  await Promise.all(
    Array.from({ length: ATTACKERS }, async (_, attacker) => {
      const insider = await gateway.enrol()
      const options = { url: gateway.ingest.url, seed: seed + attacker, insider, victim }
      await attack({ ...options, messages: Math.ceil(count / ATTACKERS) }, account)
    }),
  )
  const seconds = (performance.now() - started) / 1_000
  isOver = true
  const goodFrames = (await good).reduce((sum, frames) => sum + frames, 0)
  assert.deepEqual(account.untyped, [], 'an answer was not of the protocol')
  const row = {
    sent: account.sent,
    streams: account.streams,
    seconds,
    'per second': account.sent / seconds,
    goodFrames,
  }
  printTable(`hostile messages, seed ${seed}`, [row])
  printTable('answers', [Object.fromEntries(account.answers)])
  printJson({ bench: 'hostile', seed, ...row, answers: Object.fromEntries(account.answers) })
}
