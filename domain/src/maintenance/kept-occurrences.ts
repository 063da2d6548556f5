// The windows of a plan that is kept. Whatever is wrong with it stays with it: a plan whose windows cannot be computed mutes
// nothing and says why, and neither who tells people nor who lists plans ever stumbles over it.

import type { MaintenanceSpec } from '@secumon/contracts/gen/muting'
import { occurrencesOf, type Occurrences } from './occurrences.ts'

export type KeptOccurrences = Occurrences & {
  /** Why they cannot be computed; empty as long as they can. */
  readonly problem: () => string
}

/** Never throws, nor does what it returns: from the first failure on there are no windows. */
export function keptOccurrences(spec: MaintenanceSpec): KeptOccurrences {
  let problem = ''
  const orNone = <T>(none: T, ask: () => T): T => {
    if (problem !== '') return none
    try {
      return ask()
    } catch (error) {
      problem =
        error instanceof Error && error.message !== '' ? error.message : 'its windows cannot be computed'
      return none
    }
  }
  const occurrences = orNone(undefined, () => occurrencesOf(spec))
  return {
    at: (atMs) => orNone(undefined, () => occurrences?.at(atMs)),
    after: (atMs) => orNone(undefined, () => occurrences?.after(atMs)),
    between: (...span) => orNone([], () => occurrences?.between(...span) ?? []),
    problem: () => problem,
  }
}
