// What a rule's preview shows, as the plot draws it.

import type { RulePreview } from '../lib/alerting-types.ts'
import type { Span } from '../shape/alert-spans.ts'
import type { Columns } from '../shape/series-merge.ts'

/** The preview's series as columns of one metric. */
export const previewColumns = ({ times, step, series }: RulePreview, key: string): Columns => ({
  stepMs: step,
  times,
  columns: series.map(({ dimension, values }) => ({
    key,
    name: dimension,
    values,
    min: undefined,
    max: undefined,
  })),
})

/** When it would have fired, over all series; what goes on ends with the time that was looked at. */
export const previewSpans = ({ series, to }: RulePreview): Span[] =>
  series.flatMap(({ spans }) =>
    spans.map((span) => ({ kind: span.state, fromMs: span.from, toMs: span.to ?? to })),
  )

export type Firing = { readonly dimension: string | null; readonly fromMs: number; readonly toMs: number }

/** The spans in which it would have fired, in order. */
export const previewFirings = ({ series, to }: RulePreview): Firing[] =>
  series
    .flatMap(({ dimension, spans }) =>
      spans
        .filter(({ state }) => state === 'firing')
        .map((span) => ({ dimension, fromMs: span.from, toMs: span.to ?? to })),
    )
    .toSorted((a, b) => a.fromMs - b.fromMs)
