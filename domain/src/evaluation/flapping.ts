// Whether a series changes too often, as Icinga tells it (icinga.com/docs, "Check Flapping"): of the last 20 evaluations
// those that changed the state count, the oldest 0.8, each newer one 0.02 more; above 30 % it flaps, at 25 % it has settled.

export const FLAPPING_EVALUATIONS = 20
export const FLAPPING_HIGH_PERCENT = 30
export const FLAPPING_LOW_PERCENT = 25

const ALL = 2 ** FLAPPING_EVALUATIONS - 1

/** The newest evaluation is bit 0; a bit says that the state changed there. */
export const remember = (changes: number, changed: boolean): number =>
  ((changes << 1) & ALL) | (changed ? 1 : 0)

/** Weighted share of changes, 0 – 99. */
export function changePercent(changes: number): number {
  let weight = 0
  for (let age = 0; age < FLAPPING_EVALUATIONS; age++)
    if ((changes >> age) & 1) weight += 80 + 2 * (FLAPPING_EVALUATIONS - 1 - age)
  return weight / FLAPPING_EVALUATIONS
}

/** @param flapping what it was until now */
export const isFlapping = (changes: number, flapping: boolean): boolean =>
  changePercent(changes) > (flapping ? FLAPPING_LOW_PERCENT : FLAPPING_HIGH_PERCENT)
