// How many lines each agent, source, unit and severity has, summed over parts of a range.

import { LOG_SEVERITIES } from '@secumon/contracts/log-severity'
import { MOST_FACETS, type Facet, type LogFacets } from './log-store.ts'

type Kind = 'agents' | 'sources' | 'units' | 'severities'

export class FacetCounts {
  readonly #counts: Readonly<Record<Kind, Map<string, number>>> = {
    agents: new Map(),
    sources: new Map(),
    units: new Map(),
    severities: new Map(),
  }

  /** An empty value is none. */
  add(kind: Kind, value: string, lines: number): void {
    const counts = this.#counts[kind]
    if (value !== '') counts.set(value, (counts.get(value) ?? 0) + lines)
  }

  /** The values with the most lines; every severity, the worst first. */
  most(): Pick<LogFacets, Kind> {
    const { agents, sources, units, severities } = this.#counts
    return {
      agents: largest(agents),
      sources: largest(sources),
      units: largest(units),
      severities: WORST_FIRST.flatMap((value) => {
        const count = severities.get(value)
        return count === undefined ? [] : [{ value, count }]
      }),
    }
  }
}

/** Names of severities as they are shown: those that are none last. */
export const WORST_FIRST = [...LOG_SEVERITIES.slice(1), LOG_SEVERITIES[0]]

const largest = (counts: ReadonlyMap<string, number>): Facet =>
  [...counts]
    .map(([value, count]) => ({ value, count }))
    .toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, MOST_FACETS)
