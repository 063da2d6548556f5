// Whatever stands in a host's files, a parser returns numbers or throws an error that says what is wrong.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SERVER } from '../testing/hosts.ts'
import { parseDiskstats } from './block-devices.ts'
import { parseCpuTimes } from './cpu.ts'
import { parseSession, parseUtmp } from './logged-in-users.ts'
import { memorySample } from './memory.ts'
import { parseMounts } from './mounts.ts'
import { parseNetDev } from './networks.ts'
import { parseProcessStat } from './process-stat.ts'
import { parseUnits } from './systemd-units.ts'

/** A good file with pieces cut out, doubled and replaced; or no file at all. */
const damaged = (file: string) =>
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 500 }),
    fc
      .array(fc.tuple(fc.nat({ max: 2000 }), fc.nat({ max: 40 }), fc.string({ maxLength: 10 })), {
        maxLength: 8,
      })
      .map((edits) =>
        edits.reduce((text, [at, cut, put]) => {
          const start = at % (text.length + 1)
          return text.slice(0, start) + put + text.slice(start + cut)
        }, file),
      ),
  )

const text = (path: string) => damaged(String(SERVER[path]))
const finite = (values: readonly unknown[]) =>
  values.every((value) => typeof value !== 'number' || Number.isFinite(value))

test('tables give rows of numbers', () => {
  fc.assert(
    fc.property(text('proc/net/dev'), (file) => parseNetDev(file).every(([, values]) => finite(values))),
  )
  fc.assert(
    fc.property(text('proc/diskstats'), (file) => parseDiskstats(file).every(([, values]) => finite(values))),
  )
  fc.assert(fc.property(text('proc/1/stat'), (file) => finite(Object.values(parseProcessStat(file) ?? {}))))
})

test('what cannot be understood is an error, not a number', () => {
  const orSays = (parse: () => readonly unknown[], sentence: RegExp) => {
    try {
      return finite(parse())
    } catch (error) {
      return error instanceof Error && sentence.test(error.message)
    }
  }
  fc.assert(
    fc.property(text('proc/stat'), (file) =>
      orSays(() => parseCpuTimes(file).flatMap(({ ticks }) => ticks), /no cpu line/),
    ),
  )
  fc.assert(
    fc.property(text('proc/meminfo'), (file) =>
      orSays(() => Object.values(memorySample(file)), /lacks MemTotal/),
    ),
  )
})

test('lists never grow beyond their bounds', () => {
  fc.assert(fc.property(text('proc/self/mountinfo'), (file) => parseMounts(file, 2).length <= 2))
  fc.assert(fc.property(fc.string({ maxLength: 500 }), (file) => parseUnits(file).length <= 2000))
  fc.assert(
    fc.property(text('run/systemd/sessions/3'), (file) => parseSession(file)?.name !== undefined || true),
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => parseUtmp(Buffer.from(bytes)).length <= 5),
  )
  assert.deepEqual(parseMounts('', 10), [])
})
