// What of the samples is kept how long, and what has to be made of it before it may go.

import type { KeptDays } from '../storage/kept-days.ts'
import { ROLLUPS, type Rollup } from './rollups/definitions.ts'
import { SAMPLE_TABLES } from './tables.ts'

export type KeptRelation = {
  readonly relation: string
  readonly keptDays: number
  /** Rollups that are made of it. */
  readonly feeds: readonly string[]
}

const HOUR_MS = 3_600_000

/** Tables as measured, then rollups, the finer before the coarser. */
export const keptRelations = (kept: KeptDays): readonly KeptRelation[] => [
  ...SAMPLE_TABLES.map(({ table }) => ({ relation: table, keptDays: kept.raw, feeds: madeOf(table) })),
  ...ROLLUPS.map((rollup) => ({
    relation: rollup.name,
    keptDays: keptDaysOf(rollup, kept),
    feeds: madeOf(rollup.name),
  })),
]

/** How long a rollup is kept. */
export const keptDaysOf = ({ resolutionMs }: Pick<Rollup, 'resolutionMs'>, kept: KeptDays): number =>
  resolutionMs < HOUR_MS ? kept.rollup5min : kept.rollup1hour

const madeOf = (relation: string): string[] =>
  ROLLUPS.filter(({ source }) => source === relation).map(({ name }) => name)
