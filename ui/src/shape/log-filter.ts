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

export type LogView = {
  readonly text: string
  /** Whether the text is a regular expression. */
  readonly regex: boolean
  /** By facet the values that are shown; none: all of them. */
  readonly chosen: Readonly<Record<LogFacet, readonly string[]>>
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
      severity: LOG_SEVERITIES.filter((severity) => listed(search, 'severity').includes(severity)),
      agents: agent === undefined ? listed(search, 'agents') : [agent],
      sources: listed(search, 'sources'),
      units: listed(search, 'units'),
    },
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

const listed = (search: URLSearchParams, facet: LogFacet): string[] =>
  [...new Set((search.get(facet) ?? '').split(',').filter((name) => name !== ''))].slice(0, MOST_NAMES)

/** The filter as the API is asked; without a range. */
export function logQuery({ text, regex, chosen }: LogView): Omit<LogFilter, 'from' | 'to'> {
  const names = LOG_FACETS.flatMap((facet) =>
    chosen[facet].length > 0 ? [[facet, chosen[facet].join(',')] as const] : [],
  )
  return { ...Object.fromEntries(names), ...(text !== '' && { [regex ? 'regex' : 'text']: text }) }
}

/** Whether anything is left out. @param agent is no choice on its own page */
export const isLogFiltered = ({ text, chosen }: LogView, agent?: string): boolean =>
  text !== '' ||
  LOG_FACETS.some((facet) => chosen[facet].length > 0 && !(facet === 'agents' && agent !== undefined))

/** Parameters that clear every filter. */
export const NO_LOG_FILTER = {
  q: undefined,
  regex: undefined,
  severity: undefined,
  agents: undefined,
  sources: undefined,
  units: undefined,
} as const

type Change = { readonly [F in LogFacet]?: string | undefined }

/** The address after a press on a value: it joins or leaves those chosen. */
export function toggledValue(view: LogView, facet: LogFacet, value: string): Change {
  const chosen = view.chosen[facet]
  const next = chosen.includes(value) ? chosen.filter((each) => each !== value) : [...chosen, value]
  return { [facet]: next.join(',') || undefined }
}

/** The address with only this value. */
export const onlyValue = (facet: LogFacet, value: string): Change => ({ [facet]: value })

/** How many lines have which value, by facet. */
export type CountedFacets = Omit<LogFacets, 'severities'> & { readonly severity: LogFacets['severities'] }

/** Every value there is of a facet; undefined where that is not known, or where lines have none. */
function knownValues(counted: CountedFacets | undefined, facet: LogFacet): readonly string[] | undefined {
  if (facet === 'severity') return LOG_SEVERITIES
  if (!counted || counted.partial || counted[facet].length >= MOST_NAMES) return undefined
  const lines = (values: LogFacets['units']): number => values.reduce((sum, { count }) => sum + count, 0)
  // Every line has a source; one of no unit would be left out with the unit that is not wanted.
  const complete = facet !== 'units' || lines(counted.units) === lines(counted.sources)
  return complete ? counted[facet].map(({ value }) => value) : undefined
}

/** The address without this value: all others that there are. Undefined where those cannot be named. */
export function withoutValue(
  view: LogView,
  counted: CountedFacets | undefined,
  { facet, value }: { readonly facet: LogFacet; readonly value: string },
): Change | undefined {
  const shown = view.chosen[facet].length > 0 ? view.chosen[facet] : knownValues(counted, facet)
  const next = shown?.filter((each) => each !== value) ?? []
  return next.length === 0 ? undefined : { [facet]: next.join(',') }
}
