// Of a metric with many sets of labels: those that a chart can show, and how far its values lie apart. Pure.

import type { Column, Columns } from './series-merge.ts'

/** Lines that a chart shows at once: more of them could not be told apart. */
export const MOST_LABEL_SETS = 24
/** Names that an answer of the API holds at most. */
export const MOST_ANSWERED = 200

export type ChosenSets = {
  readonly columns: Columns
  /** Label sets that match. */
  readonly matching: number
}

/** The label sets that have all words of the text in them, the largest where they are too many. */
export function chosenSets(held: Columns, text: string): ChosenSets {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean)
  const matching = held.columns.filter(({ name }) => {
    const labels = (name ?? '').toLowerCase()
    return wanted.every((word) => labels.includes(word))
  })
  const columns =
    matching.length <= MOST_LABEL_SETS
      ? matching
      : matching.toSorted((a, b) => size(b) - size(a)).slice(0, MOST_LABEL_SETS)
  return { columns: { ...held, columns }, matching: matching.length }
}

const size = ({ values }: Column): number =>
  values.reduce<number>((most, value) => Math.max(most, Math.abs(value ?? 0)), 0)

/** The pairs `name="value"` that all of several label sets have. */
export function sharedPairs(sets: readonly string[]): ReadonlySet<string> {
  const [first, ...others] = sets.map((labels) => new Set(pairsOf(labels)))
  if (!first || others.length === 0) return new Set()
  return new Set([...first].filter((pair) => others.every((pairs) => pairs.has(pair))))
}

/** A label set without those. */
export const withoutPairs = (labels: string, shared: ReadonlySet<string>): string =>
  pairsOf(labels)
    .filter((pair) => !shared.has(pair))
    .join(', ')

/** What is typed as one whole label set, in the order in which sets are kept; undefined where it holds no label. */
export function wholeSet(text: string): string | undefined {
  const pairs = pairsOf(text.replace(/^\s*\{/, '')).map((pair) => pair.trim())
  return pairs.length === 0 ? undefined : pairs.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)).join(',')
}

const nameOf = (pair: string): string => pair.slice(0, pair.indexOf('='))

// Quotes within a value stand behind a backslash.
const pairsOf = (labels: string): string[] => labels.match(/[^",]+"(?:[^"\\]|\\.)*"/g) ?? []

/** Programs' files are read every five minutes at the slowest. */
const LONGEST_SPACING_MS = 300_000
/** Of fewer distances nothing can be said. */
const LEAST_DISTANCES = 3

/**
 * The usual distance between two values of a series, never less than a step: programs publish less often than the agent
 * measures, and what lies between two of their values is no gap.
 */
export function spacingOf({ columns, stepMs }: Columns): number {
  const usual = columns
    .map(({ values }) => usualDistance(values))
    .filter((distance) => distance !== undefined)
  const steps = usual.length === 0 ? 1 : Math.min(...usual)
  return steps * stepMs <= LONGEST_SPACING_MS ? steps * stepMs : stepMs
}

function usualDistance(values: Column['values']): number | undefined {
  const places = values.flatMap((value, i) => (typeof value === 'number' ? [i] : []))
  const distances = places.slice(1).map((place, i) => place - (places[i] ?? place))
  if (distances.length < LEAST_DISTANCES) return undefined
  return distances.toSorted((a, b) => a - b)[Math.floor(distances.length / 2)]
}
