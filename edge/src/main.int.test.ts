// The bundle as it is shipped: built, run as a process of its own, measuring this machine.

import { fromBinary } from '@bufbuild/protobuf'
import { AgentFrameSchema } from '@secumon/contracts/gen/frame'
import { publicKeyFromRaw } from '@secumon/contracts/signing'
import assert from 'node:assert/strict'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { AGENT_NODE_ENVIRONMENT, AGENT_NODE_FLAGS } from './node-flags.ts'
import { TEST_CHAIN, testDirectory } from './testing/chain.ts'
import { TestApi } from './testing/test-api.ts'
import { FIRST_EPOCH, TestGateway } from './testing/test-gateway.ts'
import { until } from './testing/until.ts'

test('the bundle enrols, streams real observations, survives kill -9 and stops in time', async (t) => {
  const [api, gateway] = [new TestApi(), new TestGateway()]
  await Promise.all([api.listen(), gateway.listen()])
  const children: ChildProcess[] = []
  const directory = testDirectory(t, async () => {
    for (const child of children) child.kill('SIGKILL')
    await Promise.all([api.close(), gateway.close()])
  })
  execFileSync(process.execPath, [join(import.meta.dirname, '../build.ts')])
  // Away from every node_modules: on Linux the one file is all it needs.
  const bundle = join(directory, 'agent.mjs')
  copyFileSync(join(import.meta.dirname, '../dist/agent.mjs'), bundle)
  api.answer = ({ public_key }) => {
    gateway.key = publicKeyFromRaw(new Uint8Array(Buffer.from(public_key, 'base64')))
    const epochs = [
      { lane: 'telemetry', epoch: 1, epoch_started: Buffer.from(FIRST_EPOCH).toString('base64') },
    ]
    const identity = { tenant: 'main', agent: TEST_CHAIN.agent, ingest_url: gateway.url, epochs }
    return { status: 200, body: { ...identity, config_public_key: public_key } }
  }
  const run = (environment: Record<string, string>): ChildProcess => {
    const env = { PATH: process.env['PATH'], ...AGENT_NODE_ENVIRONMENT, ...environment }
    const child = spawn(process.execPath, [...AGENT_NODE_FLAGS, bundle], { env, stdio: 'ignore' })
    children.push(child)
    return child
  }
  const settings = {
    SECUMON_API_URL: api.url,
    SECUMON_ENROLMENT_TOKEN: 'a token of twenty characters',
    SECUMON_STATE_DIRECTORY: join(directory, 'state'),
    SECUMON_PERIOD: '1',
  }
  const published = join(directory, 'state/metrics.d')
  mkdirSync(published, { recursive: true })
  writeFileSync(join(published, 'backup.prom'), 'backup_age_seconds{job="db"} 60\n')
  execFileSync('mkfifo', [join(published, 'pipe.prom')])
  const first = run(settings)
  await until(() => gateway.log.length >= 2, 'two frames', 20_000)
  const second = run(settings)
  assert.deepEqual(await once(second, 'exit'), [75, null], 'a second agent finds the lock')
  first.kill('SIGKILL')
  await once(first, 'exit')
  const third = run(settings)
  const before = gateway.log.length
  await until(() => gateway.log.length >= before + 2, 'frames after the kill', 20_000)
  third.kill('SIGTERM')
  const stoppingMs = performance.now()
  assert.deepEqual(await once(third, 'exit'), [0, null])
  assert.ok(performance.now() - stoppingMs < 15_000)

  assert.deepEqual(
    gateway.log.map(({ first: sequence }) => sequence),
    gateway.log.map((_, i) => i + 1),
  )
  const observations = gateway.log.flatMap(({ bytes }) => fromBinary(AgentFrameSchema, bytes).observations)
  assert.ok((observations[1]?.host?.memoryTotalBytes ?? 0) > 1e6)
  const custom = observations.find((each) => each.custom)
  assert.deepEqual([custom?.custom?.metric, custom?.custom?.value], [['backup_age_seconds'], [60]])
  const faults = custom?.collectorFaults.filter(({ collector }) => collector === 'text-files')
  assert.deepEqual(
    faults?.map(({ message }) => message),
    ['pipe.prom: is no regular file'],
  )
  assert.equal(api.requests.length, 1)
  assert.deepEqual(await once(run({}), 'exit'), [78, null], 'without settings it says so')
})
