// A source of files in a directory, by a clock that moves only when told.

import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createLogger } from '../log.ts'
import { openFileSource } from '../logs/file-source.ts'
import type { LogSource, Loss } from '../logs/log-source.ts'
import { parseLogsConfig } from '../logs/logs-config.ts'
import { testClock, type TestClock } from './chain.ts'

export type Rig = {
  readonly directory: string
  readonly clock: TestClock
  readonly complaints: string[]
  readonly losses: Loss[]
  /** @param leftAtMs when an earlier run stood at the position. Default: after all that is there */
  open(position?: unknown, more?: object, leftAtMs?: number): Promise<LogSource>
  /** All that is there now, a second later. */
  drain(source: LogSource): Promise<string[]>
}

export function testFiles(directory: string, clock = testClock()): Rig {
  mkdirSync(directory, { recursive: true })
  const complaints: string[] = []
  const losses: Loss[] = []
  const logger = createLogger('warn', (line) => void complaints.push(line))
  return {
    directory,
    clock,
    complaints,
    losses,
    open(position, more = {}, leftAtMs = Date.now() + 60_000) {
      const file = { name: 'app', paths: [join(directory, '*.log')], from: 'beginning', ...more }
      const [config] = parseLogsConfig({ files: [file] }).files
      assert(config)
      const lose = (loss: Loss): void => void losses.push(loss)
      return openFileSource({ config, clock, logger, position, leftAtMs, lose, room: { followed: 0 } })
    },
    async drain(source) {
      clock.runningMs += 5_000
      const lines: string[] = []
      for (let read = await source.read(); read; read = await source.read())
        lines.push(...read.map(({ text }) => text))
      return lines
    },
  }
}

/** A position as it comes back from the spool. */
export const storedPosition = (source: LogSource): unknown => JSON.parse(JSON.stringify(source.position()))
