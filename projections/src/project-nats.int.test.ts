import assert from 'node:assert/strict'
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startNatsServer, type NatsServer } from '@secumon/infra/embedded/nats-server'
import { testConnection, until } from '@secumon/infra/eventlog/test-event-log'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import { counted, startLoop, stopLoops } from './testing/loop.ts'
import type { Appended } from './testing/memory-log.ts'
import { agentId, RecordedLane } from './testing/recorded.ts'
import { frames, recorder, seenBy, sequences, STREAM, testDatabase } from './testing/recorder.ts'

after(stopLoops)
const db = await testDatabase({ after })
let server: NatsServer | undefined
const directory = await temporaryDirectory({ after }, async () => server?.child.stop('SIGKILL'))
const store = join(directory, 'server')
const options = { program: 'nats-server', directory: store, maxFileBytes: 1024 ** 3 }

test('over a real log: its death is waited out, and its return from an older copy neither loses nor doubles a record', async (t) => {
  server = await startNatsServer(options)
  const { port } = server
  const log = await testConnection({ after: (end) => t.after(end) }, server.url)
  const append = async (messages: readonly Appended[]) => {
    for (const { subject, payload, headers } of messages) {
      const { outcome } = await log.append(subject, payload, headers ? { headers } : {})
      assert.equal(outcome, 'appended')
    }
  }
  const restart = async (between: () => Promise<void>) => {
    await server?.child.stop('SIGTERM')
    await until(log, () => log.trouble === 'disconnected')
    await between()
    server = await startNatsServer({ ...options, port })
    await until(log, () => log.trouble !== 'disconnected')
    if (log.serverId !== undefined) await log.upkeep.stamp(log.serverId)
    await until(log, () => log.trouble === undefined)
  }

  const [a, b] = [new RecordedLane(agentId(1)), new RecordedLane(agentId(2))]
  const name = 'over-nats'
  const loop = startLoop({ projector: recorder(name), log, db, stream: STREAM })
  await append(frames(a, 20))
  await loop.reached(20)
  await restart(() => cp(store, join(directory, 'copy'), { recursive: true }))

  const lost = frames(a, 10)
  await append(lost)
  await loop.reached(30)
  await restart(async () => {
    await rm(store, { recursive: true })
    await cp(join(directory, 'copy'), store, { recursive: true })
  })

  // The gateway rewinds the agent; another one was quicker.
  await append([...frames(b, 5), ...lost, ...frames(a, 5)])
  await loop.reached(40)
  await loop.stop()
  const rows = await seenBy(db, name)
  assert.deepEqual(
    rows.filter(([agent]) => agent === a.agent),
    sequences(a, 1, 35),
  )
  assert.deepEqual(
    rows.filter(([agent]) => agent === b.agent),
    sequences(b, 1, 5),
  )
  assert.equal(await counted(loop, 'rollbacks'), 1)
  assert.equal(await counted(loop, 'holes'), 0)
  assert.equal(await counted(loop, 'dead_letters'), 0)
})
