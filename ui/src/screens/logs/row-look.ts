// How the rows of a list of log lines look: which columns, how wide, and what is marked in them.

import type { RowForm } from '../../shape/log-layout.ts'

export type RowLook = {
  readonly narrow: boolean
  readonly wrapped: boolean
  /** Letters of the longest name of an agent; 0 where all lines are of one. */
  readonly agentLetters: number
  /** Of CSS grid. */
  readonly tracks: string
  /** Whether times tell their day. */
  readonly day: boolean
  readonly marker: RegExp | undefined
}

/** Height of a line of text, as the row's style has it. */
export const LINE_PX = 20

type Asked = Pick<RowLook, 'narrow' | 'agentLetters' | 'day'>
const LEAST_LETTERS = 9
const MOST_LETTERS = 18

/** The tracks of a row: choice, time, severity, agent, origin, message. */
export function tracksOf({ narrow, agentLetters, day }: Asked): string {
  if (narrow) return `${day ? 17 : 8}ch 84px${agentLetters > 0 ? ' minmax(0, 1fr)' : ''} minmax(0, 1fr)`
  const letters = Math.min(Math.max(agentLetters, LEAST_LETTERS), MOST_LETTERS)
  return `13px ${day ? 21 : 12}ch 84px${agentLetters > 0 ? ` ${letters}ch` : ''} 150px minmax(0, 1fr)`
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
