// Places of the log that a reactor's state stands for, with marks, so that a log that was rolled back is noticed.

import type { LogMessage } from '@secumon/infra/eventlog/event-log'
import { addMark, isMarkDue } from '../marks.ts'
import type { Held, MarkedPlace } from '../resume.ts'

/** Before the first message that is to be read. */
export const placeBefore = (stream: string, position: number): MarkedPlace => ({
  stream,
  position: position - 1,
  hash: undefined,
  marks: [],
})

/** The place after a message, with a mark when one is due. */
export function placeAt(before: MarkedPlace, message: LogMessage, nowMs: number): MarkedPlace {
  const { position, stream } = message
  const hash = message.hash()
  const marks = isMarkDue(before.marks, nowMs)
    ? addMark(before.marks, { position, hash: Buffer.from(hash).toString('base64'), atMs: nowMs })
    : before.marks
  return { stream, position, hash, marks }
}

/** The place at a position whose message is not at hand; the one before where the log does not hold it any more. */
export async function placeFor(
  log: Pick<Held, 'messageAt'>,
  before: MarkedPlace,
  { position, nowMs }: { readonly position: number; readonly nowMs: number },
): Promise<MarkedPlace> {
  if (position <= before.position) return before
  const message = await log.messageAt(before.stream, position)
  return message ? placeAt(before, message, nowMs) : before
}
