// How long each kind of test may take on two cores. What takes longer goes to `npm run chaos` or `npm run bench`.

import { join } from 'node:path'

export type Kind = 'unit' | 'int' | 'e2e'
export type Times = Partial<Record<Kind, number>>

export const BUDGET_MS: Record<Kind, number> = { unit: 30_000, int: 240_000, e2e: 600_000 }
export const CACHE = join(import.meta.dirname, '..', '.cache')
/** Milliseconds of the run that is under way, by kind. */
export const TIMES = join(CACHE, 'test-times.json')
