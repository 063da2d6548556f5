// Which alerts the list shows, read from and written to the address. Without a word there: those that are firing.

import { HUSHING_STAGES } from '@secumon/contracts/alerting-words'
import type { AlertFilter, AlertRow, AlertState, Severity } from '../lib/alerting-types.ts'

export const ALERT_STATES: readonly AlertState[] = ['firing', 'pending', 'resolved']
export const SEVERITIES: readonly Severity[] = ['critical', 'warning', 'info']
const ALERT_SORTS: readonly AlertSort[] = ['worst', 'newest']
const USUAL: readonly AlertState[] = ['firing']
const ANY = 'any'

export type AlertView = {
  readonly text: string
  /** Empty: all of them. */
  readonly states: readonly AlertState[]
  /** Empty: all of them. */
  readonly severities: readonly Severity[]
  readonly agent: string | undefined
  readonly rule: string | undefined
  readonly rulePlatform: boolean
  /** Only what somebody has to look at. */
  readonly open: boolean
  readonly sort: AlertSort
}

/** The worst first, or the newest. */
export type AlertSort = NonNullable<AlertFilter['sort']>

/** Reads the address; what it does not understand it leaves out. */
export function alertView(search: URLSearchParams): AlertView {
  const among = <Word extends string>(all: readonly Word[], name: string): Word[] => {
    const wanted = (search.get(name) ?? '').split(',')
    return all.filter((word) => wanted.includes(word))
  }
  const states = among(ALERT_STATES, 'state')
  const shown = states.length > 0 || search.get('state') === ANY ? states : USUAL
  return {
    text: (search.get('q') ?? '').slice(0, 200),
    states: shown,
    severities: among(SEVERITIES, 'severity'),
    agent: search.get('agent') ?? undefined,
    rule: search.get('rule') ?? undefined,
    rulePlatform: search.get('platform') === 'true',
    open: search.get('open') === 'true',
    sort: ALERT_SORTS.find((sort) => sort === search.get('sort')) ?? usualSort(shown),
  }
}

/** The worst first while all of them are still going on, else the newest. */
const usualSort = (states: readonly AlertState[]): AlertSort =>
  states.length > 0 && !states.includes('resolved') ? 'worst' : 'newest'

/** The question the API is asked. */
export const alertQuery = (view: AlertView): Omit<AlertFilter, 'limit' | 'after' | 'from' | 'to'> => ({
  ...(view.text && { q: view.text }),
  ...(view.states.length > 0 && { state: view.states.join(',') }),
  ...(view.severities.length > 0 && { severity: view.severities.join(',') }),
  ...(view.agent && { agent: view.agent }),
  ...(view.rule && { rule: view.rule, rule_platform: view.rulePlatform ? 'true' : 'false' }),
  ...(view.open && { open: 'true' }),
  sort: view.sort,
})

/** Whether more is left out than what is not firing. */
export const isAlertFiltered = (view: AlertView): boolean =>
  view.text !== '' ||
  view.states.join() !== USUAL.join() ||
  view.severities.length > 0 ||
  view.agent !== undefined ||
  view.rule !== undefined ||
  view.open

/** What the address shall hold after a press on a state; undefined removes the parameter. */
export function toggledStates(view: AlertView, state: AlertState): string | undefined {
  const next = ALERT_STATES.filter((each) => (each === state) !== view.states.includes(each))
  if (next.join() === USUAL.join()) return undefined
  return next.length === 0 ? ANY : next.join(',')
}

/** The same for a severity. */
export function toggledSeverities(view: AlertView, severity: Severity): string | undefined {
  const next = SEVERITIES.filter((each) => (each === severity) !== view.severities.includes(each))
  return next.length === 0 ? undefined : next.join(',')
}

/** Parameters that clear every filter. */
export const NO_FILTER = {
  q: undefined,
  state: undefined,
  severity: undefined,
  agent: undefined,
  rule: undefined,
  platform: undefined,
  open: undefined,
} as const

/** The rows with those that changed laid over them; nothing joins or leaves before the list is read again. */
export function patchedAlerts(held: readonly AlertRow[], changed: readonly AlertRow[]): readonly AlertRow[] {
  const newer = new Map(changed.map((row) => [row.id, row]))
  if (!held.some((row) => newer.has(row.id))) return held
  return held.map((row) => {
    const next = newer.get(row.id)
    return next && next.version >= row.version ? next : row
  })
}

/** Whether somebody looks after it, or nobody has to: of what is not quiet and fires the API counts as `open`. */
export const isQuiet = ({ acknowledged, muted }: Pick<AlertRow, 'acknowledged' | 'muted'>): boolean =>
  acknowledged !== null || (muted !== null && HUSHING_STAGES.includes(muted.stage))

/** Whether the alert of this row is news to who looks: critical, firing only since after `sinceMs`, and told if it can be. */
export const isNewCritical = (row: AlertRow, sinceMs: number): boolean =>
  row.state === 'firing' &&
  row.severity === 'critical' &&
  (row.fired_at ?? 0) > sinceMs &&
  !row.late &&
  row.acknowledged === null &&
  (row.muted === null || row.muted.stage === 'no_policy')
