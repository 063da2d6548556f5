// Shipping in a process of its own, which is killed again and again while a program writes and its file is rotated.

import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, readdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { hostClock } from '../host-clock.ts'
import { createLogger } from '../log.ts'
import { testDirectory } from '../testing/chain.ts'
import { logsLane, messagesIn } from '../testing/logs-lane.ts'
import { until } from '../testing/until.ts'
import { shipLogs } from './log-shipper.ts'
import { parseLogsConfig } from './logs-config.ts'

const PROGRAM = join(import.meta.dirname, '../testing/shipping-process.ts')
const KILLS = 5
const PATIENCE_MS = 60_000

/** Bytes in the spool: more than before means that a frame was stored. */
function spooled(directory: string): number {
  const names = existsSync(directory) ? readdirSync(directory) : []
  return names
    .filter((name) => name.endsWith('.seg'))
    .reduce((sum, name) => sum + statSync(join(directory, name)).size, 0)
}

function ship(t: TestContext, ...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  return child
}

test('killed at any moment, no line is lost and none is twice in the lane', async (t) => {
  const stopping = new AbortController()
  const directory = testDirectory(t, async () => stopping.abort())
  const [spool, log] = [join(directory, 'spool'), join(directory, 'app.log')]
  let written = 0
  const write = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) {
      for (let k = 0; k < 50; k++) appendFileSync(log, `${written++} ${'x'.repeat(written % 90)}\n`)
      await sleep(20)
    }
  }
  for (let kills = 0; kills < KILLS; kills++) {
    const before = spooled(spool)
    const child = ship(t, spool, log)
    await write(10)
    // Every other time it lives until it has stored something of the file, which is then rotated.
    if (kills % 2 === 0) {
      await until(() => spooled(spool) > before + 1_000, 'a frame', PATIENCE_MS)
      await write(9 * kills)
      renameSync(log, `${log}.${9 - kills}`)
    }
    await write(7 * kills)
    child.kill('SIGKILL')
    await once(child, 'exit')
    await write(1)
  }
  const chain = logsLane(spool)
  const config = parseLogsConfig({ files: [{ name: 'app', paths: [log], from: 'beginning' }] })
  const options = { config, chain, clock: hostClock(), logger: createLogger('error') }
  const shipping = shipLogs(options, stopping.signal)
  await until(() => messagesIn(chain).length >= written, 'all lines in the lane', PATIENCE_MS)
  stopping.abort()
  await shipping
  const arrived = messagesIn(chain).map((text) => Number(text.split(' ')[0]))
  await chain.close()
  assert.deepEqual(
    arrived,
    Array.from({ length: written }, (_, i) => i),
  )
})
