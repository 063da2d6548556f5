// The spool of logs on a disk that is really full, while the files it reads go on and are rotated elsewhere: nothing that
// is in the spool is dropped, lines wait in their files, and all of them arrive when there is room again.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFileSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { errorCode } from '../error-code.ts'
import { hostClock } from '../host-clock.ts'
import { createLogger } from '../log.ts'
import { testDirectory } from '../testing/chain.ts'
import { logsLane, messagesIn } from '../testing/logs-lane.ts'
import { until } from '../testing/until.ts'
import { shipLogs } from './log-shipper.ts'
import { parseLogsConfig } from './logs-config.ts'

const PATIENCE_MS = 30_000
const canMount = process.getuid?.() === 0

/** Whether this process has the file open. */
const isOpen = (path: string): boolean =>
  readdirSync('/proc/self/fd').some((fd) => {
    try {
      return readlinkSync(join('/proc/self/fd', fd)) === path
    } catch (error) {
      assert.equal(errorCode(error), 'ENOENT')
      return false
    }
  })

function takeAllRoom(path: string): void {
  try {
    for (;;) appendFileSync(path, Buffer.alloc(4_096))
  } catch (error) {
    assert.equal(errorCode(error), 'ENOSPC')
  }
}

test('a full disk costs no line', { skip: !canMount && 'needs root' }, async (t) => {
  const stopping = new AbortController()
  let shipping: Promise<void> | undefined
  const directory = testDirectory(t, async () => {
    stopping.abort()
    await shipping
  })
  const [disk, log] = [join(directory, 'disk'), join(directory, 'app.log')]
  mkdirSync(disk)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk])
  try {
    let written = 0
    const write = (count: number): void => {
      const lines = Array.from({ length: count }, () => `${written++} ${randomBytes(60).toString('hex')}\n`)
      appendFileSync(log, lines.join(''))
    }
    const warnings: string[] = []
    const logger = createLogger('warn', (line) => void warnings.push(line))
    const chain = logsLane(join(disk, 'spool'))
    const config = parseLogsConfig({ files: [{ name: 'app', paths: [log], from: 'beginning' }] })
    // Some segments lie there, all unsent, when the room ends.
    write(10_000)
    shipping = shipLogs({ config, chain, clock: hostClock(), logger }, stopping.signal)
    await until(() => chain.spool.head.sequence >= 5, 'the first frames', PATIENCE_MS)
    takeAllRoom(join(disk, 'hog'))
    write(2_000)
    await until(() => warnings.length > 0, 'it waits', PATIENCE_MS)
    assert.match(warnings[0] ?? '', /lines wait in their sources.*ENOSPC/)
    const { sequence } = chain.spool.head
    for (let rotation = 3; rotation > 0; rotation--) {
      await until(() => isOpen(log), 'it sees the file', PATIENCE_MS)
      renameSync(log, `${log}.${rotation}`)
      write(100)
    }
    assert.deepEqual([chain.spool.base.sequence, chain.spool.head.sequence], [0, sequence])
    assert.equal(warnings.length, 1)
    rmSync(join(disk, 'hog'))
    // Without the hog the disk is twice as large as what was written.
    execFileSync('mount', ['-o', 'remount,size=16m', disk])
    await until(() => messagesIn(chain).length >= written, 'all lines', PATIENCE_MS)
    stopping.abort()
    await shipping
    const arrived = messagesIn(chain).map((text) => Number(text.split(' ')[0]))
    await chain.close()
    assert.deepEqual(
      arrived,
      Array.from({ length: written }, (_, i) => i),
    )
    assert.equal(warnings.length, 1)
  } finally {
    stopping.abort()
    await shipping
    execFileSync('umount', ['-l', disk])
  }
})
