// Log lines for tests.

import type { LogLine } from '../../lib/api-types.ts'

export const AGENT = '01JD3V7T9PZ8Q6X5W4R3S2T1N0'

/** The line of a number: numbers and times rise together. */
export const logLine = (number: number, change: Partial<LogLine> = {}): LogLine => ({
  id: `${AGENT}.1.${number}.0`,
  time: 1_790_000_000_000 + number,
  agent: AGENT,
  source: 'journal',
  unit: 'sshd.service',
  severity: 'info',
  message: `line ${number}`,
  ...change,
})

/** The lines of numbers from the first to before the end. */
export const logLines = (first: number, end: number): LogLine[] =>
  Array.from({ length: end - first }, (_, i) => logLine(first + i))
