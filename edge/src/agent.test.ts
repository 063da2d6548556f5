// The agent as a whole: a real API and a real gateway on loopback, a sampler that counts.

import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { AgentFrameSchema } from '@secumon/contracts/gen/frame'
import { AgentConfigSchema, RefusalKind } from '@secumon/contracts/gen/ingest'
import { ObservationSchema } from '@secumon/contracts/gen/observation'
import { generateSigningKey, publicKeyFromRaw, rawPublicKey, signMessage } from '@secumon/contracts/signing'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import fs, { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AgentOptions } from './agent-options.ts'
import { startAgent, type RunningAgent } from './agent.ts'
import { hostClock } from './host-clock.ts'
import { createLogger } from './log.ts'
import type { Periods, Sampler } from './sampler.ts'
import { Locked } from './state/lock.ts'
import { TEST_CHAIN, testDirectory } from './testing/chain.ts'
import { TestApi } from './testing/test-api.ts'
import { FIRST_EPOCH, TestGateway } from './testing/test-gateway.ts'
import { SHORT_TIMINGS } from './testing/test-uplink.ts'
import { until } from './testing/until.ts'

const CONFIG_KEY = generateSigningKey()
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

type Rig = {
  readonly api: TestApi
  readonly gateway: TestGateway
  readonly directory: string
  readonly periods: Partial<Periods>[]
  readonly options: AgentOptions
  start(options?: Partial<AgentOptions>): Promise<RunningAgent>
}

async function testAgent(t: { after(cleanUp: () => Promise<void> | void): void }): Promise<Rig> {
  const api = new TestApi()
  const gateway = new TestGateway()
  await Promise.all([api.listen(), gateway.listen()])
  const agents: RunningAgent[] = []
  const directory = testDirectory(t, async () => {
    await Promise.all(agents.map((agent) => agent.stop()))
    await Promise.all([api.close(), gateway.close()])
  })
  const periods: Partial<Periods>[] = []
  let samples = 0
  const sampler: Sampler = {
    sample: async () => create(ObservationSchema, { atMs: BigInt(++samples), periodMs: 20 }),
    setPeriods: (changes) => void periods.push(changes),
  }
  const options: AgentOptions = {
    stateDirectory: join(directory, 'state'),
    apiUrl: api.url,
    enrolmentToken: 'a token of twenty characters',
    name: 'host-1',
    tags: ['blue'],
    agentVersion: 'test',
    sampler,
    logger: createLogger('error', () => undefined),
    clock: hostClock(),
    periodMs: 20,
    timings: SHORT_TIMINGS,
    environment: {},
  }
  const start = async (changes: Partial<AgentOptions> = {}): Promise<RunningAgent> => {
    const agent = await startAgent({ ...options, ...changes })
    agents.push(agent)
    return agent
  }
  return { api, gateway, directory, periods, options, start }
}

/** Enrols whoever asks as the test agent, with its key. */
function admit({ api, gateway }: Rig, agent = TEST_CHAIN.agent, epochStarted = FIRST_EPOCH): void {
  api.answer = ({ public_key }) => {
    gateway.key = publicKeyFromRaw(new Uint8Array(Buffer.from(public_key, 'base64')))
    const epochs = [{ lane: 'telemetry', epoch: 1, epoch_started: base64(epochStarted) }]
    const identity = { tenant: 'main', agent, ingest_url: gateway.url, epochs }
    return { status: 200, body: { ...identity, config_public_key: base64(rawPublicKey(CONFIG_KEY)) } }
  }
}

const observed = ({ gateway }: Rig): number[] =>
  gateway.log.flatMap(({ kind, bytes }) =>
    kind === 'frame' ? fromBinary(AgentFrameSchema, bytes).observations.map(({ atMs }) => Number(atMs)) : [],
  )

test('it measures before it is enrolled, and nothing measured is lost', async (t) => {
  const rig = await testAgent(t)
  const agent = await rig.start()
  await until(() => rig.api.requests.length > 0, 'an attempt')
  admit(rig)
  await until(() => rig.gateway.log.length >= 5, 'five frames')
  assert.deepEqual(observed(rig).slice(0, 5), [1, 2, 3, 4, 5])
  assert.equal(agent.status().agent, TEST_CHAIN.agent)
  assert.equal(rig.api.requests[0]?.name, 'host-1')
  assert.deepEqual(rig.api.requests[0]?.tags, ['blue'])
  assert.equal(new Set(rig.api.requests.map(({ public_key }) => public_key)).size, 1)
})

test('a restart enrols no second time and goes on in the same chain', async (t) => {
  const rig = await testAgent(t)
  admit(rig)
  const first = await rig.start()
  await until(() => rig.gateway.log.length >= 3, 'three frames')
  await first.stop()
  const before = first.status().sealed
  const second = await rig.start({ enrolmentToken: '' })
  await until(() => second.status().accepted > before + 2, 'more frames')
  assert.equal(rig.api.requests.length, 1)
  assert.equal(rig.gateway.log.at(-1)?.last, rig.gateway.log.length)
  assert.equal(statSync(join(rig.options.stateDirectory, 'key')).mode & 0o777, 0o600)
  assert.deepEqual(
    readdirSync(rig.options.stateDirectory).filter((name) => /new|lock\./.test(name)),
    [],
  )
})

test('a gateway that has moved is found through the API, and the chain goes on', async (t) => {
  const rig = await testAgent(t)
  admit(rig)
  const agent = await rig.start({ timings: { ...SHORT_TIMINGS, unreachableAfterMs: 50 } })
  await until(() => rig.gateway.log.length >= 3, 'three frames')
  const before = rig.gateway.url
  await rig.gateway.close()
  await rig.gateway.listen()
  assert.notEqual(rig.gateway.url, before)
  await until(
    () => agent.status().accepted > rig.gateway.log.length - 2 && agent.status().isConnected,
    'a stream',
  )
  assert.equal(agent.status().agent, TEST_CHAIN.agent)
  assert.equal(new Set(rig.api.requests.map(({ public_key }) => public_key)).size, 1)
})

test('a full disk that cannot keep the new address of the gateway does not end the agent', async (t) => {
  const rig = await testAgent(t)
  admit(rig)
  const errors: string[] = []
  const logger = createLogger('error', (line) => void errors.push(line))
  const agent = await rig.start({ logger, timings: { ...SHORT_TIMINGS, unreachableAfterMs: 50 } })
  await until(() => rig.gateway.log.length >= 3, 'three frames')
  const { openSync } = fs
  t.mock.method(fs, 'openSync', (path: string, ...rest: [string, number]) => {
    if (path.endsWith('identity.json.new')) throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
    return openSync(path, ...rest)
  })
  syncBuiltinESMExports()
  t.after(() => {
    t.mock.restoreAll()
    syncBuiltinESMExports()
  })
  await rig.gateway.close()
  await rig.gateway.listen()
  await until(() => errors.some((line) => line.includes('no space')), 'the failure')
  const { sealed } = agent.status()
  await until(() => agent.status().sealed > sealed + 2, 'more frames')
})

test('while nobody is there it holds back longer and longer, although it asks where the gateway is', async (t) => {
  const rig = await testAgent(t)
  const attemptsMs: number[] = []
  const deaf = createServer((socket) => {
    attemptsMs.push(performance.now())
    socket.destroy()
  }).listen(0, '127.0.0.1')
  t.after(() => void deaf.close())
  await once(deaf, 'listening')
  const address = deaf.address()
  assert(address && typeof address === 'object')
  admit(rig)
  const { answer } = rig.api
  rig.api.answer = (request) => {
    const { status, body } = answer(request)
    return { status, body: Object.assign({}, body, { ingest_url: `http://127.0.0.1:${address.port}` }) }
  }
  t.mock.method(Math, 'random', () => 0.5)
  const timings = { ...SHORT_TIMINGS, backoffBaseMs: 40, backoffMaxMs: 10_000, unreachableAfterMs: 1 }
  await rig.start({ timings })
  await until(() => attemptsMs.length >= 5, 'five attempts')
  const [first = 0, , , fourth = 0, fifth = 0] = attemptsMs
  assert.ok(fifth - fourth > 150 && fourth - first > 130, attemptsMs.join(' '))
})

test('two agents never run on one directory', async (t) => {
  const rig = await testAgent(t)
  admit(rig)
  await rig.start()
  await assert.rejects(rig.start(), Locked)
})

test('a refused identity is replaced by a new one with a new key; unsent frames go along', async (t) => {
  const rig = await testAgent(t)
  admit(rig)
  const agent = await rig.start()
  await until(() => rig.gateway.log.length >= 3, 'three frames')
  const oldKey = rig.api.requests[0]?.public_key
  rig.gateway.interfere = ({ message }, gateway) =>
    message.case === 'open' && message.value.agent === TEST_CHAIN.agent
      ? [gateway.refusal(RefusalKind.RE_ENROL)]
      : undefined
  const successor = '01BX5ZZKBKACTAV9WEVGEMMVRZ'
  const seen = observed(rig).length
  rig.gateway.cut()
  rig.gateway.rollBack(0)
  admit(rig, successor)
  const { answer } = rig.api
  rig.api.answer = (request) =>
    request.public_key === oldKey
      ? { status: 409, body: { error: 'this key was revoked', code: 409 } }
      : answer(request)
  await until(
    () => agent.status().agent === successor && agent.status().accepted > 5,
    'frames of the successor',
  )
  assert.notEqual(rig.api.requests.at(-1)?.public_key, oldKey)
  assert.ok((observed(rig)[0] ?? 0) <= seen + 1, 'what was unsent came first')
  const numbers = observed(rig)
  assert.deepEqual(
    numbers,
    numbers.map((_, i) => (numbers[0] ?? 0) + i),
  )
})

test('a configuration is applied when the pinned key signed it, and only then', async (t) => {
  const rig = await testAgent(t)
  admit(rig)
  const agent = await rig.start()
  await until(() => agent.status().accepted > 1, 'a stream')
  const config = (version: bigint, more = {}): Uint8Array =>
    toBinary(
      AgentConfigSchema,
      create(AgentConfigSchema, {
        agent: TEST_CHAIN.agent,
        version,
        periodMs: 2_000,
        processPeriodMs: 60_000,
        processCount: 5,
        ...more,
      }),
    )
  const say = (bytes: Uint8Array, key = CONFIG_KEY): void =>
    rig.gateway.say({
      case: 'config',
      value: { config: bytes, signature: signMessage('config', bytes, key) },
    })
  say(config(9n), generateSigningKey())
  say(config(8n, { agent: '01BX5ZZKBKACTAV9WEVGEMMVRZ' }))
  say(config(7n, { periodMs: 5 }))
  say(Buffer.from('not protobuf'))
  say(config(2n))
  say(config(1n, { periodMs: 5_000 }))
  await until(() => rig.periods.length === 2, 'the good one is applied')
  assert.deepEqual(rig.periods.at(-1), { periodMs: 2_000, processPeriodMs: 60_000, processCount: 5 })
  await agent.stop()
  await rig.start()
  assert.deepEqual(rig.periods.at(-1), { periodMs: 2_000, processPeriodMs: 60_000, processCount: 5 })
})

test('stop takes less than two seconds, whatever the sampler does', async (t) => {
  const rig = await testAgent(t)
  admit(rig)
  const sampler: Sampler = { sample: () => new Promise(() => undefined), setPeriods: () => undefined }
  const agent = await rig.start({ sampler })
  const startedMs = performance.now()
  await agent.stop()
  assert.ok(performance.now() - startedMs < 2_000)
})

test('without token and identity it does not start, and leaves the directory free', async (t) => {
  const rig = await testAgent(t)
  for (let i = 0; i < 2; i++) await assert.rejects(rig.start({ enrolmentToken: '' }), { name: 'NotEnrolled' })
})

test('a damaged identity is named, not guessed', async (t) => {
  const rig = await testAgent(t)
  admit(rig)
  const agent = await rig.start()
  await until(() => agent.status().accepted > 0, 'a stream')
  await agent.stop()
  const path = join(rig.options.stateDirectory, 'identity.json')
  writeFileSync(path, readFileSync(path, 'utf8').slice(0, 50))
  await assert.rejects(rig.start(), { name: 'StateDamaged', message: /identity\.json: .*enrol again/ })
})
