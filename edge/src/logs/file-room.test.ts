// Files beyond the limit of all sources together are left out and named; they come in when others go.

import assert from 'node:assert/strict'
import { renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createLogger } from '../log.ts'
import { testClock, testDirectory } from '../testing/chain.ts'
import { MAX_FILES, whyNotFollowed } from './file-room.ts'
import { openFileSource } from './file-source.ts'
import { parseLogsConfig } from './logs-config.ts'

test('files beyond the limit are named, and followed when there is room', async (t) => {
  const directory = testDirectory(t)
  const path = (name: string): string => join(directory, `${name}.log`)
  const files = [{ name: 'app', paths: [path('*')], from: 'beginning' }]
  const [config] = parseLogsConfig({ files }).files
  assert(config)
  const complaints: string[] = []
  const logger = createLogger('warn', (line) => void complaints.push(line))
  for (const name of ['a', 'b', 'c']) writeFileSync(path(name), `${name}\n`)
  const clock = testClock()
  // Other sources follow all but two.
  const room = { followed: MAX_FILES - 2 }
  const lose = (): void => assert.fail('nothing is lost')
  const first = { position: undefined, leftAtMs: undefined }
  const source = await openFileSource({ config, clock, logger, ...first, lose, room })
  const drain = async (): Promise<string[]> => {
    clock.runningMs += 61_000
    const lines: string[] = []
    for (let read = await source.read(); read; read = await source.read())
      lines.push(...read.map(({ text }) => text))
    return lines
  }
  assert.deepEqual(await drain(), ['a', 'b'])
  assert.equal(complaints.length, 1)
  assert.match(complaints[0] ?? '', /c\.log.*256 files are followed in all sources together, no more/)
  rmSync(path('a'))
  const later = [...(await drain()), ...(await drain()), ...(await drain())]
  assert.deepEqual(later, ['c'])
  await source.close()
  assert.equal(room.followed, MAX_FILES - 2)
})

test('files that were put aside between two looks are told as lost where there is no room for them', async (t) => {
  const directory = testDirectory(t)
  const path = join(directory, 'app.log')
  const [config] = parseLogsConfig({ files: [{ name: 'app', paths: [path], from: 'beginning' }] }).files
  assert(config)
  const [clock, logger] = [testClock(), createLogger('error')]
  const bytes: number[] = []
  const lose = (loss: { bytes: number }): void => void bytes.push(loss.bytes)
  const room = { followed: MAX_FILES - 2 }
  const first = { position: undefined, leftAtMs: undefined }
  writeFileSync(path, 'one\n')
  utimesSync(path, 0, 0)
  const source = await openFileSource({ config, clock, logger, ...first, lose, room })
  assert.deepEqual((await source.read())?.length, 1)
  for (const [i, text] of ['two\n', 'three\n', 'four\n'].entries()) {
    renameSync(path, `${path}.${9 - i}`)
    writeFileSync(path, text)
  }
  clock.runningMs += 61_000
  assert.deepEqual(
    (await source.read())?.map(({ text }) => text),
    ['four'],
  )
  assert.deepEqual(bytes, [4, 6])
  await source.close()
  assert.equal(room.followed, MAX_FILES - 2)
})

test('a path that takes more than its share of the note is not followed', () => {
  assert.equal(whyNotFollowed('/var/log/app.log', { followed: 0 }), undefined)
  assert.match(whyNotFollowed(`/${'\u0001'.repeat(200)}`, { followed: 0 }) ?? '', /1024 bytes/)
})
