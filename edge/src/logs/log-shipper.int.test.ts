// Shipping in a process of its own, which is killed again and again while a program writes and its files are rotated.

import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { testDirectory } from '../testing/chain.ts'
import { logsLane, messagesIn } from '../testing/logs-lane.ts'
import { until } from '../testing/until.ts'
import { hostClock } from '../host-clock.ts'
import { createLogger } from '../log.ts'
import { shipLogs } from './log-shipper.ts'
import { parseLogsConfig } from './logs-config.ts'

const PROGRAM = join(import.meta.dirname, '../testing/shipping-process.ts')
const KILLS = 5

test('killed at any moment, no line is lost and none is twice in the lane', async (t) => {
  const directory = testDirectory(t)
  const [spool, log] = [join(directory, 'spool'), join(directory, 'app.log')]
  let written = 0
  let rotated = 0
  const write = (): void => {
    for (let i = 0; i < 50; i++) appendFileSync(log, `${written++} ${'x'.repeat(written % 90)}\n`)
    if (written % 6_000 === 0) renameSync(log, `${log}.${9_000 + rotated++}`)
  }
  const ship = (): ChildProcess =>
    spawn(process.execPath, [PROGRAM, spool, log], { stdio: ['ignore', 'ignore', 'inherit'] })
  for (let kills = 0; kills < KILLS; kills++) {
    const child = ship()
    t.after(() => child.kill('SIGKILL'))
    for (let i = 0; i < 25 + 13 * kills; i++) {
      write()
      await sleep(20)
    }
    child.kill('SIGKILL')
    await once(child, 'exit')
    write()
  }
  const chain = logsLane(spool)
  const stopping = new AbortController()
  const config = parseLogsConfig({ files: [{ name: 'app', paths: [log], from: 'beginning' }] })
  const shipping = shipLogs(
    { config, chain, clock: hostClock(), logger: createLogger('error') },
    stopping.signal,
  )
  await until(() => messagesIn(chain).length >= written, 'all lines in the lane', 30_000)
  stopping.abort()
  await shipping
  const arrived = messagesIn(chain).map((text) => Number(text.split(' ')[0]))
  await chain.close()
  const expected = Array.from({ length: written }, (_, i) => i)
  assert.deepEqual(arrived, expected)
})
