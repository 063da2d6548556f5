// What lines say of themselves, as programs write them.

import { LogSeverity } from '@secumon/contracts/gen/log'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toldByLine } from './told-by-line.ts'

const NOW_MS = Date.UTC(2026, 10, 22, 10, 0, 0)
const { CRITICAL, ERROR, WARNING, NOTICE, INFO, DEBUG, UNSPECIFIED } = LogSeverity
const local = (...parts: [number, number, number, number, number, number]): number =>
  new Date(...parts).getTime()

const CASES: readonly [line: string, atMs: number | undefined, severity: LogSeverity][] = [
  ['2026-11-22T09:31:18.123Z ERROR down', Date.UTC(2026, 10, 22, 9, 31, 18, 123), ERROR],
  ['2026-11-22T09:31:18.123456+02:00 info up', Date.UTC(2026, 10, 22, 7, 31, 18, 123), UNSPECIFIED],
  ['2026-11-22 09:31:18,5 WARN slow', local(2026, 10, 22, 9, 31, 18) + 500, WARNING],
  ['2026-11-22 09:31:18.001 +0100 [notice] x', Date.UTC(2026, 10, 22, 8, 31, 18, 1), NOTICE],
  ['Nov 22 09:31:18 host sshd[1]: error: no', local(2026, 10, 22, 9, 31, 18), ERROR],
  ['Dec 31 23:59:59 host cron: of last year', local(2025, 11, 31, 23, 59, 59), UNSPECIFIED],
  ['<11>Nov  2 09:31:18 host x', local(2026, 10, 2, 9, 31, 18), UNSPECIFIED],
  [
    '1.2.3.4 - - [22/Nov/2026:09:31:18 +0000] "GET / HTTP/1.1" 200 5',
    Date.UTC(2026, 10, 22, 9, 31, 18),
    UNSPECIFIED,
  ],
  ['2026/11/22 not a time that is known', undefined, UNSPECIFIED],
  ['1999-12-31T23:59:59Z too old to be true', undefined, UNSPECIFIED],
  ['2027-11-22T00:00:00Z too far ahead', undefined, UNSPECIFIED],
  ['level=warning msg="x"', undefined, WARNING],
  ['[debug] x', undefined, DEBUG],
  ['LOG:  database system is ready', undefined, INFO],
  ['FATAL:  no', undefined, CRITICAL],
  ['there was no error in the information', undefined, UNSPECIFIED],
  ['{"level":50,"time":1795341600000,"msg":"x"}', 1_795_341_600_000, ERROR],
  ['{"level":"warn","ts":1795341600.25}', 1_795_341_600_250, WARNING],
  ['{"severity":"NOTICE","@timestamp":"2026-11-22T09:00:00Z"}', Date.UTC(2026, 10, 22, 9), NOTICE],
  ['{"lvl":"dbug","time":"soon"}', undefined, UNSPECIFIED],
  ['{not json ERROR}', undefined, ERROR],
]

for (const [line, atMs, severity] of CASES)
  test(line, () => assert.deepEqual(toldByLine(line, NOW_MS), { atMs, severity }))
