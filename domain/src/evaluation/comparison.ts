// The six comparisons of a rule.

import { Comparison } from '@secumon/contracts/gen/rule'

export type Compare = (value: number, level: number) => boolean

const COMPARE: Record<Comparison, Compare> = {
  [Comparison.UNSPECIFIED]: () => false,
  [Comparison.GT]: (value, level) => value > level,
  [Comparison.LT]: (value, level) => value < level,
  [Comparison.EQ]: (value, level) => value === level,
  [Comparison.NE]: (value, level) => value !== level,
  [Comparison.GTE]: (value, level) => value >= level,
  [Comparison.LTE]: (value, level) => value <= level,
}

/** The function of a comparison; of one that this version does not know, never true. */
export const compareBy = (comparison: Comparison): Compare =>
  COMPARE[comparison] ?? COMPARE[Comparison.UNSPECIFIED]

/** Up, down or neither: which side of the threshold is bad. */
export function badSide(comparison: Comparison): 'above' | 'below' | undefined {
  if (comparison === Comparison.GT || comparison === Comparison.GTE) return 'above'
  return comparison === Comparison.LT || comparison === Comparison.LTE ? 'below' : undefined
}
