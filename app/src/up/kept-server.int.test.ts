import { comesTrue } from '@secumon/infra/testing/comes-true'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startChild, type Child } from '@secumon/infra/embedded/child'
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
