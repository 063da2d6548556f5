// The state of one part of the tenants: found in the database, or empty. EVENTS are kept for ever, so a state that is lost, of
// another version, or of a log that was rolled back is folded again from the beginning.

import { EVENTS_STREAM } from '@secumon/contracts/subjects'
import { restoreNotify } from '@secumon/domain/notification/restore'
import { saveNotify, UnknownNotifyState, type SavedNotify } from '@secumon/domain/notification/saved-state'
import { emptyNotifyState, type NotifyOptions, type NotifyState } from '@secumon/domain/notification/state'
import type { Database } from '@secumon/infra/database/database'
import { deserialize, serialize } from 'node:v8'
import { resume, type Held, type MarkedPlace } from '../../resume.ts'
import { placeBefore } from '../places.ts'
import { loadFold } from '../saved-fold.ts'

/** Names the reactor in the database, and in the ids of its commands. */
export const NOTIFY = 'notify'
/** Raise it when a state saved before must not be gone on with. */
export const NOTIFY_CODE_VERSION = 1

export type PartState = { readonly state: NotifyState; readonly place: MarkedPlace }

type Deps = {
  readonly db: Database
  readonly log: Held
  readonly part: number
  readonly options: NotifyOptions
}

/** What the part goes on with. */
export async function loadPart({ db, log, part, options }: Deps): Promise<PartState> {
  const saved = await loadFold(db, { reactor: NOTIFY, partition: part }, NOTIFY_CODE_VERSION)
  const [place] = saved?.places ?? []
  const resumed = place && (await resume(log, place))
  const state = saved && restored(options, saved.state)
  if (resumed && !resumed.rolledBack && state) return { state, place: resumed.checkpoint }
  return { state: emptyNotifyState(options), place: placeBefore(EVENTS_STREAM, 1) }
}

/** The state as bytes; as of now. */
export const partBytes = (state: NotifyState): Uint8Array => serialize(saveNotify(state))

function restored(options: NotifyOptions, bytes: Uint8Array): NotifyState | undefined {
  try {
    return restoreNotify(options, deserialize(bytes) as SavedNotify)
  } catch (error) {
    if (error instanceof UnknownNotifyState) return undefined
    throw error
  }
}
