import { startChild } from '@secumon/infra/embedded/child'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { whileWhole } from './while-whole.ts'

const forever = () => startChild(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])

test('a role that dies while it is measured ends the measurement by its name', async (t) => {
  const [nats, postgres, core] = await Promise.all([forever(), forever(), forever()])
  const children = [nats, postgres, core]
  t.after(() => Promise.all(children.map((child) => child.stop('SIGKILL'))).then(() => undefined))
  const platform = { nats: { child: nats }, postgres: { child: postgres }, roles: new Map([['core', core]]) }
  assert.equal(await whileWhole(platform, Promise.resolve(7)), 7)
  const told = assert.rejects(whileWhole(platform, new Promise(() => undefined)), /core ended with SIGKILL/)
  process.kill(core.pid, 'SIGKILL')
  await told
})
