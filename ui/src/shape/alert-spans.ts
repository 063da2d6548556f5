// An alert's events as spans of time, to be drawn over its metric.

import type { AlertEvent, Mute } from '../lib/alerting-types.ts'

export type SpanKind = 'pending' | 'firing' | 'acknowledged' | 'maintenance'
export type Span = { readonly kind: SpanKind; readonly fromMs: number; readonly toMs: number }

/** Event time where there is a sample, else when it was decided. */
const momentOf = (event: AlertEvent): number => event.evidence?.at ?? event.at

const ENDS: Readonly<Record<'pending' | 'firing' | 'acknowledged', readonly AlertEvent['kind'][]>> = {
  pending: ['fired', 'resolved'],
  firing: ['resolved'],
  acknowledged: ['acknowledged', 'unacknowledged', 'resolved'],
}
const BEGINS = { pending: 'pending', fired: 'firing', acknowledged: 'acknowledged' } as const

/** @param history in the order in which it happened @param nowMs the end of what goes on */
export function alertSpans(history: readonly AlertEvent[], mutes: readonly Mute[], nowMs: number): Span[] {
  const spans = history.flatMap((event, i): Span[] => {
    if (event.kind !== 'pending' && event.kind !== 'fired' && event.kind !== 'acknowledged') return []
    const kind = BEGINS[event.kind]
    const end = history.slice(i + 1).find((later) => ENDS[kind].includes(later.kind))
    return [{ kind, fromMs: momentOf(event), toMs: end ? momentOf(end) : nowMs }]
  })
  const maintenances = mutes
    .filter(({ stage }) => stage === 'maintenance')
    .map((mute): Span => ({ kind: 'maintenance', fromMs: mute.since, toMs: mute.until ?? nowMs }))
  return [...spans, ...maintenances].filter(({ fromMs, toMs }) => toMs > fromMs)
}

const LEAST_MARGIN_MS = 15 * 60_000
const MOST_BEFORE_MS = 24 * 3_600_000

/** What the chart shows of an alert when nobody has chosen: all of it, with as much again before, up to a day. */
export function alertWindow(
  { began_at, resolved_at }: { readonly began_at: number; readonly resolved_at: number | null },
  nowMs: number,
): { readonly fromMs: number; readonly toMs: number } {
  const endMs = resolved_at ?? nowMs
  const margin = Math.min(Math.max(endMs - began_at, LEAST_MARGIN_MS), MOST_BEFORE_MS)
  const toMs = resolved_at === null ? nowMs : Math.min(nowMs, endMs + Math.min(margin, 3_600_000))
  return { fromMs: began_at - margin, toMs }
}
