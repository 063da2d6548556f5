// How the rows of a list of log lines look: which columns, how wide, and what is marked in them.

import type { RowForm } from '../../shape/log-layout.ts'

export type RowLook = {
  readonly narrow: boolean
  readonly wrapped: boolean
  /** Whether the agent is told. */
  readonly agents: boolean
  /** Of CSS grid. */
  readonly tracks: string
  /** How long the range is: rows of a day tell no day. */
  readonly rangeMs: number
  readonly marker: RegExp | undefined
}

/** Height of a line of text, as the row's style has it. */
export const LINE_PX = 20
const DAY_MS = 24 * 3_600_000

type Asked = Pick<RowLook, 'narrow' | 'agents' | 'rangeMs'>

/** The tracks of a row: choice, time, severity, agent, origin, message. */
export function tracksOf({ narrow, agents, rangeMs }: Asked): string {
  const time = rangeMs > DAY_MS ? '20ch' : '12ch'
  if (narrow) return `${time} minmax(0, 1fr)${agents ? ' minmax(0, 1fr)' : ''} minmax(0, 1fr)`
  return `13px ${time} 84px${agents ? ' minmax(0, 112px)' : ''} minmax(0, 150px) minmax(0, 1fr)`
}

/** The form of rows whose message is so wide. */
export function formOf(
  look: Pick<RowLook, 'narrow' | 'wrapped'>,
  messagePx: number,
  letterPx: number,
): RowForm {
  const letters = Math.max(10, Math.floor(messagePx / letterPx))
  return { letters: look.wrapped ? letters : undefined, headLines: look.narrow ? 1 : 0 }
}
