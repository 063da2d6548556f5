// Which expectation stands for which happening: as many as can be paired, by augmenting paths
// (https://en.wikipedia.org/wiki/Maximum_cardinality_matching).

import { isExpected, type Expectation, type Happening } from './happening.ts'

export type Unpaired = { readonly missing: readonly Expectation[]; readonly surplus: readonly Happening[] }

/** What was expected and did not happen, and what happened without being expected. */
export function unpaired(expected: readonly Expectation[], happened: readonly Happening[]): Unpaired {
  const takenBy = new Map<Happening, Expectation>()
  const missing = expected.filter((each) => !pair(each, { happened, takenBy, tried: new Set() }))
  const repeated = expected.filter(({ often }) => often)
  const isRepeated = (each: Happening): boolean => repeated.some((wanted) => isExpected(each, wanted))
  return { missing, surplus: happened.filter((each) => !takenBy.has(each) && !isRepeated(each)) }
}

type Search = {
  readonly happened: readonly Happening[]
  readonly takenBy: Map<Happening, Expectation>
  readonly tried: Set<Happening>
}

function pair(expectation: Expectation, search: Search): boolean {
  const { happened, takenBy, tried } = search
  for (const happening of happened) {
    if (tried.has(happening) || !isExpected(happening, expectation)) continue
    tried.add(happening)
    const other = takenBy.get(happening)
    if (other && !pair(other, search)) continue
    takenBy.set(happening, expectation)
    return true
  }
  return false
}
