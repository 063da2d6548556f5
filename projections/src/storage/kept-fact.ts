// What the platform keeps, where those can read it that are configured apart from it.

import type { Database } from '@secumon/infra/database/database'
import { readFact, writeFact } from './disk-space.ts'
import type { KeptDays } from './kept-days.ts'

const KEPT = 'storage/kept'

/** Undefined before a role archiver has ever run. */
export const readKeptDays = (db: Database): Promise<KeptDays | undefined> => readFact(db, KEPT)

export const writeKeptDays = (db: Database, kept: KeptDays): Promise<void> => writeFact(db, KEPT, kept)
