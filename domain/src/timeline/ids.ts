// Ids of a script: hashes of what they stand for, so that it is the same whenever it is run. Who runs it brings them.

import type { AlertId } from '../evaluation/decision.ts'
import type { NotifyOptions } from '../notification/state.ts'

export type TimelineIds = Pick<NotifyOptions, 'incidentId' | 'notificationId'> & {
  readonly alertId: AlertId
  /** A ULID of a time and a hash of texts. */
  readonly ulidOf: (atMs: number, ...parts: readonly string[]) => string
}
