// The name under which the archiver keeps checkpoints, positions, holes and dead letters, beside those of projections.

import type { CheckpointKey } from '../checkpoints.ts'
import type { Projection } from '../lane-positions.ts'

export const ARCHIVE: Projection = { projection: 'archive', version: 1 }

/** One archiver works on all streams. */
export const ARCHIVER_LOCK: CheckpointKey = { ...ARCHIVE, stream: '*' }
