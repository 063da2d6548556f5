// Where to go on in a stream: after the checkpoint, unless the log has been rolled back behind it.

import type { EventLog } from '@secumon/infra/eventlog/event-log'
import type { Checkpoint } from './checkpoints.ts'

export type Resumption<At> = {
  /** The checkpoint to go on from: the one given, or an older one. */
  readonly checkpoint: At
  readonly rolledBack: boolean
}

export type Held = Pick<EventLog, 'bounds' | 'messageAt'>

/**
 * Compares the checkpoint with the message that lies there now. Purged is fine. Missing or different: steps back to
 * the newest mark that matches, else to before the first message held; reading again is harmless.
 */
export async function resume<At extends MarkedPlace>(log: Held, checkpoint: At): Promise<Resumption<At>> {
  const { first } = await log.bounds(checkpoint.stream)
  if (await stands(log, checkpoint, first)) return { checkpoint, rolledBack: false }
  const marks = checkpoint.marks.filter(({ position }) => position < checkpoint.position)
  for (let mark = marks.at(-1); mark && mark.position >= first; mark = marks.at(-1)) {
    const hash = Buffer.from(mark.hash, 'base64')
    if (await matches(log, { ...checkpoint, position: mark.position, hash }))
      return { checkpoint: { ...checkpoint, position: mark.position, hash, marks }, rolledBack: true }
    marks.pop()
  }
  return { checkpoint: { ...checkpoint, position: first - 1, hash: undefined, marks: [] }, rolledBack: true }
}

/** False when the log was rolled back behind the place: its position says nothing any more. */
export const stillStands = async (log: Held, place: Place): Promise<boolean> =>
  stands(log, place, (await log.bounds(place.stream)).first)

type Place = Pick<Checkpoint, 'stream' | 'position' | 'hash'>

/** What of a checkpoint says where it stands, and where it stood. */
export type MarkedPlace = Place & Pick<Checkpoint, 'marks'>

const stands = async (log: Held, place: Place, first: number): Promise<boolean> =>
  place.position < first || matches(log, place)

async function matches(log: Held, { stream, position, hash }: Place): Promise<boolean> {
  const message = await log.messageAt(stream, position)
  return message !== undefined && hash !== undefined && Buffer.compare(message.hash(), hash) === 0
}
