// The journal as journalctl tells it, from files that systemd-journal-remote wrote; and a journalctl of our own for what
// those cannot show.

import { LogSeverity } from '@secumon/contracts/gen/log'
import { ensureTool } from '@secumon/infra/embedded/tools'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { hostClock } from '../host-clock.ts'
import { createLogger } from '../log.ts'
import { testDirectory } from '../testing/chain.ts'
import { until } from '../testing/until.ts'
import { openJournalSource } from './journal-source.ts'
import type { LogSource, Loss, SourceLine } from './log-source.ts'
import { parseLogsConfig } from './logs-config.ts'

const REMOTE = await ensureTool('systemd-journal-remote')
const BOOT = '0123456789abcdef0123456789abcdef'

let entries = 0
function write(directory: string, ...messages: string[]): void {
  const text = messages.map((message) => {
    const us = Date.now() * 1_000 + entries++
    const fields = [
      `__REALTIME_TIMESTAMP=${us}`,
      `__MONOTONIC_TIMESTAMP=${us}`,
      `_BOOT_ID=${BOOT}`,
      'PRIORITY=3',
    ]
    return [
      ...fields,
      'SYSLOG_IDENTIFIER=demo',
      '_SYSTEMD_UNIT=demo.service',
      `MESSAGE=${message}`,
      '\n',
    ].join('\n')
  })
  const path = join(directory, 'entries.export')
  writeFileSync(path, text.join(''))
  execFileSync(REMOTE, [`--output=${join(directory, 'demo.journal')}`, path], { stdio: 'ignore' })
}

type Left = { readonly position?: unknown; readonly leftAtMs?: number; readonly losses?: Loss[] }

const open = (directory: string, left: Left = {}, more: object = {}): Promise<LogSource> => {
  const { journal: config } = parseLogsConfig({ journal: { directory, ...more } })
  assert(config)
  const logger = createLogger('error')
  const { position, leftAtMs, losses = [] } = left
  const from = { position, leftAtMs, lose: (loss: Loss) => void losses.push(loss) }
  return openJournalSource({ config, clock: hostClock(), logger, ...from, wake: () => undefined })
}

async function read(source: LogSource, count: number): Promise<SourceLine[]> {
  const lines: SourceLine[] = []
  const deadlineMs = performance.now() + 20_000
  while (lines.length < count && performance.now() < deadlineMs) {
    lines.push(...((await source.read()) ?? []))
    await sleep(10)
  }
  return lines
}

test('entries come as they are written, and after a restart exactly the next ones', async (t) => {
  const directory = testDirectory(t)
  write(directory, 'one', 'x'.repeat(6_000))
  const first = await open(directory, {}, { from: 'beginning' })
  const [one, long] = await read(first, 2)
  assert.deepEqual([one?.text, one?.unit, one?.severity], ['one', 'demo.service', LogSeverity.ERROR])
  assert.equal(long?.text.length, 6_000)
  write(directory, 'three')
  assert.deepEqual(
    (await read(first, 1)).map(({ text }) => text),
    ['three'],
  )
  const position = JSON.parse(JSON.stringify(first.position()))
  await first.close()
  write(directory, 'four', 'five')
  const second = await open(directory, { position })
  assert.deepEqual(
    (await read(second, 2)).map(({ text }) => text),
    ['four', 'five'],
  )
  await second.close()
})

test('on the very first run nothing is read that was there', async (t) => {
  const directory = testDirectory(t)
  write(directory, 'old')
  const first = await open(directory)
  const position = first.position()
  await first.close()
  write(directory, 'new')
  const second = await open(directory, { position })
  assert.deepEqual(
    (await read(second, 1)).map(({ text }) => text),
    ['new'],
  )
  await second.close()
})

test('a cursor of another journal loses what nobody knows, and says so', async (t) => {
  const directory = testDirectory(t)
  write(directory, 'old')
  const losses: Loss[] = []
  const source = await open(directory, { position: 'nonsense', leftAtMs: Date.now(), losses })
  await source.read()
  await until(() => losses.length > 0, 'the loss', 20_000)
  assert.match(String(source.position()), /^@\d+$/)
  await source.close()
})

test('what the journal has let go of since is said, and only if it was written since', async (t) => {
  const directory = testDirectory(t)
  write(directory, 'old')
  const first = await open(directory, {}, { from: 'beginning' })
  await read(first, 1)
  const position = first.position()
  await first.close()
  rmSync(join(directory, 'demo.journal'))
  const leftAtMs = Date.now() - 1
  write(directory, 'new')
  for (const { since, expected } of [
    { since: leftAtMs, expected: 1 },
    { since: Date.now() + 1, expected: 0 },
  ]) {
    const losses: Loss[] = []
    const source = await open(directory, { position, leftAtMs: since, losses })
    t.after(() => source.close())
    assert.deepEqual(
      (await read(source, 1)).map(({ text }) => text),
      ['new'],
    )
    assert.equal(losses.length, expected)
  }
})
