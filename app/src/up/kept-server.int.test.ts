import { comesTrue } from '@secumon/infra/testing/comes-true'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startChild, type Child } from '@secumon/infra/embedded/child'
import { probeJetStream, startNatsServer } from '@secumon/infra/embedded/nats-server'
import { freePort } from '@secumon/infra/embedded/ports'
import { ensureTool } from '@secumon/infra/embedded/tools'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import { keepServer } from './kept-server.ts'

const forever = () => startChild(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])

const until = (fact: () => boolean): Promise<void> => comesTrue(String(fact), fact)

test('a server that is killed is started again, also when the first attempt fails, and then stops', async () => {
  const started: Child[] = [await forever()]
  const lines: string[] = []
  let attempts = 0
  const start = async () => {
    if (++attempts === 1) throw new Error('the port is taken')
    const child = await forever()
    started.push(child)
    return child
  }
  const first = started[0]
  assert.ok(first)
  const kept = keepServer(
    { name: 'server', signal: 'SIGTERM', start, say: (line) => lines.push(line) },
    first,
  )
  process.kill(first.pid, 'SIGKILL')
  await until(() => started.length === 2)
  await kept.stop()
  assert.equal(await started[1]?.ended, 'SIGTERM')
  assert.deepEqual(lines, [
    'server ended with SIGKILL; it is started again',
    'server does not start: the port is taken',
  ])
})

test('a server that was stopped is not started again', async () => {
  const first = await forever()
  const start = () => Promise.reject(new Error('must not be called'))
  const kept = keepServer({ name: 'server', signal: 'SIGTERM', start, say: assert.fail }, first)
  await kept.stop()
  assert.equal(await first.ended, 'SIGTERM')
})

test('a nats-server that lives and does not answer is started again where that mends it, and not too often', async (t) => {
  const options = {
    program: await ensureTool('nats-server'),
    directory: await temporaryDirectory(t),
    port: await freePort(),
    guardAfterS: 0,
  }
  const { url, child } = await startNatsServer(options)
  const started = [child]
  const lines: string[] = []
  let [room, silent] = [false, 0]
  const hang = {
    answers: async () => {
      silent++
      await probeJetStream({ url }, 300)
      silent = 0
    },
    isMendable: async () => room,
    lookMs: 20,
    silentLooks: 2,
    notAgainMs: 600_000,
  }
  const start = async () => {
    const again = await startNatsServer(options)
    started.push(again.child)
    return again.child
  }
  const kept = keepServer(
    { name: 'nats-server', signal: 'SIGKILL', start, say: (line) => lines.push(line), hang },
    child,
  )
  t.after(kept.stop)

  process.kill(child.pid, 'SIGSTOP')
  await until(() => silent > 2)
  assert.deepEqual(lines, [], 'a full disk is waited for')
  room = true
  await until(() => started.length === 2 && silent === 0)
  assert.match(
    lines.join(),
    /^nats-server runs and has not answered for \d+ s: it is ended,nats-server ended with SIGKILL/,
  )

  process.kill(started[1]?.pid ?? 0, 'SIGSTOP')
  await until(() => silent > 3)
  assert.equal(lines.length, 2)
})
