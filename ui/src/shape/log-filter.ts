// Which log lines are looked at, read from and written to the address.

import type { LogFacets, LogFilter, LogLine } from '../lib/api-types.ts'
import { LOG_SEVERITIES } from './log-severity.ts'

/** What the API takes in one list. */
const MOST_NAMES = 50
const LONGEST_TEXT = 200

/** What lines are told apart by, under the names of the address and of the API. */
export const LOG_FACETS = ['severity', 'agents', 'sources', 'units'] as const
export type LogFacet = (typeof LOG_FACETS)[number]

/** Which line, and when it was written: an id alone does not say where to look for it. */
export type LinePlace = { readonly id: string; readonly timeMs: number }

export type FacetValues = Readonly<Record<LogFacet, readonly string[]>>

/** Under which name of the address and of the API values of a facet are left out. */
export const without = <F extends LogFacet>(facet: F): `not_${F}` => `not_${facet}`

export type LogView = {
  readonly text: string
  /** Whether the text is a regular expression. */
  readonly regex: boolean
  /** By facet the values that are shown; none: all of them. */
  readonly chosen: FacetValues
  /** By facet the values that are not shown. */
  readonly leftOut: FacetValues
  readonly order: 'newest' | 'oldest'
  /** Whether new lines are followed. */
  readonly tail: boolean
  /** The line that is open. */
  readonly line: LinePlace | undefined
}

/** Reads the address; what it does not understand it leaves out. @param agent the only one, on its own page */
export function logView(search: URLSearchParams, agent?: string): LogView {
  return {
    text: (search.get('q') ?? '').slice(0, LONGEST_TEXT),
    regex: search.get('regex') === 'true',
    chosen: {
      ...valuesIn(search, (facet) => facet),
      ...(agent !== undefined && { agents: [agent] }),
    },
    leftOut: { ...valuesIn(search, without), ...(agent !== undefined && { agents: [] }) },
    order: search.get('order') === 'oldest' ? 'oldest' : 'newest',
    tail: search.get('tail') === 'true',
    line: placeOf(search.get('line') ?? ''),
  }
}

/** A line as the address names it: its id with its time behind. */
export const lineWord = ({ id, time }: Pick<LogLine, 'id' | 'time'>): string => `${id}.${time}`

function placeOf(word: string): LinePlace | undefined {
  const [, id, time] = /^([0-9A-Z]{26}(?:\.\d{1,16}){3})\.(\d{1,16})$/.exec(word) ?? []
  return id === undefined ? undefined : { id, timeMs: Number(time) }
}

function valuesIn(search: URLSearchParams, nameOf: (facet: LogFacet) => string): FacetValues {
  const values = (facet: LogFacet): string[] => listed(search, nameOf(facet))
  return {
    severity: LOG_SEVERITIES.filter((severity) => values('severity').includes(severity)),
    agents: values('agents'),
    sources: values('sources'),
    units: values('units'),
  }
}

const listed = (search: URLSearchParams, name: string): string[] =>
  [...new Set((search.get(name) ?? '').split(',').filter((name) => name !== ''))].slice(0, MOST_NAMES)

/** What is searched for when it is no expression: words in any order; all of it within quotes one text as it stands. */
export function searchedParts(text: string): readonly string[] {
  const quoted = /^\s*"([^"]+)"\s*$/.exec(text)?.[1]
  const words = text.split(/\s+/).filter((word) => word !== '')
  return quoted === undefined ? words : [quoted]
}

function searchQuery({ text, regex }: LogView): Pick<LogFilter, 'text' | 'words' | 'regex'> {
  const parts = searchedParts(text)
  if (regex || parts.length === 0) return text === '' ? {} : { [regex ? 'regex' : 'text']: text }
  return parts.length === 1 ? { text: parts[0] } : { words: parts.join(' ') }
}

/** The filter as the API is asked; without a range. */
export function logQuery(view: LogView): Omit<LogFilter, 'from' | 'to'> {
  const { chosen, leftOut } = view
  const names = LOG_FACETS.flatMap((facet) => [
    [facet, chosen[facet].join(',')] as const,
    [without(facet), leftOut[facet].join(',')] as const,
  ]).filter(([, values]) => values !== '')
  return { ...Object.fromEntries(names), ...searchQuery(view) }
}

/** Whether anything is left out. @param agent is no choice on its own page */
export const isLogFiltered = ({ text, chosen, leftOut }: LogView, agent?: string): boolean =>
  text !== '' ||
  LOG_FACETS.some(
    (facet) =>
      leftOut[facet].length > 0 || (chosen[facet].length > 0 && !(facet === 'agents' && agent !== undefined)),
  )

/** Parameters that clear every filter. */
export const NO_LOG_FILTER = {
  q: undefined,
  regex: undefined,
  severity: undefined,
  agents: undefined,
  sources: undefined,
  units: undefined,
  not_severity: undefined,
  not_agents: undefined,
  not_sources: undefined,
  not_units: undefined,
} as const

type Change = { readonly [F in LogFacet | `not_${LogFacet}`]?: string | undefined }

/** The address after a press on a value: it joins or leaves those chosen, and is left out no more. */
export const toggledValue = (view: LogView, facet: LogFacet, value: string): Change => ({
  ...(view.leftOut[facet].includes(value) && {
    [without(facet)]: listWithout(view.leftOut[facet], value),
  }),
  [facet]: toggled(view.chosen[facet], value),
})

/** The address after a press on its sign: it joins or leaves those left out, and is chosen no more. */
export const toggledWithout = (view: LogView, facet: LogFacet, value: string): Change => ({
  ...(view.chosen[facet].includes(value) && { [facet]: listWithout(view.chosen[facet], value) }),
  [without(facet)]: toggled(view.leftOut[facet], value),
})

const toggled = (values: readonly string[], value: string): string | undefined =>
  values.includes(value) ? listWithout(values, value) : [...values, value].join(',')

const listWithout = (values: readonly string[], value: string): string | undefined =>
  values.filter((each) => each !== value).join(',') || undefined

/** The address with only this value. */
export const onlyValue = (facet: LogFacet, value: string): Change => ({
  [facet]: value,
  [without(facet)]: undefined,
})

/** How many lines have which value, by facet. */
export type CountedFacets = Omit<LogFacets, 'severities'> & { readonly severity: LogFacets['severities'] }
