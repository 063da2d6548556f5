// What stands over a metric besides its values: thresholds as lines, what a rule made of it as spans.

import type uPlot from 'uplot'
import type { Severity } from '../lib/alerting-types.ts'
import type { Span, SpanKind } from '../shape/alert-spans.ts'

export type MarkLine = {
  readonly kind: 'threshold' | 'recovery'
  readonly value: number
  readonly label: string
}

export type Marks = {
  readonly severity: Severity
  readonly lines: readonly MarkLine[]
  readonly spans: readonly Span[]
}

export const NO_MARKS: Marks = { severity: 'info', lines: [], spans: [] }

type Paint = {
  /** A colour token of the present theme. */
  readonly token: (name: string) => string
  readonly marks: Marks
}

/** The token of a span's colour, for legend and drawing alike. */
export const spanToken = (kind: SpanKind, severity: Severity): string =>
  kind === 'firing'
    ? `--${severity}-fill`
    : kind === 'pending'
      ? '--unknown-fill'
      : kind === 'acknowledged'
        ? '--info-fill'
        : '--maintenance'

/** The token of a line's colour. */
export const lineToken = (kind: MarkLine['kind'], severity: Severity): string =>
  kind === 'threshold' ? `--${severity}` : '--ok'

const TINT = 0.16
const STRIP_PX = 4

/** Spans, behind the series: what fires and what waits tints the ground, who looks after it is a strip below. */
export function drawSpans(plot: uPlot, { marks, token }: Paint): void {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  for (const span of marks.spans) {
    const left = plot.valToPos(span.fromMs, 'x', true)
    const width = Math.max(devicePixelRatio, plot.valToPos(span.toMs, 'x', true) - left)
    const strip = span.kind === 'acknowledged' ? STRIP_PX * devicePixelRatio : bbox.height
    ctx.fillStyle = token(spanToken(span.kind, marks.severity))
    ctx.globalAlpha = span.kind === 'acknowledged' ? 1 : TINT
    ctx.fillRect(left, bbox.top + bbox.height - strip, width, strip)
    ctx.globalAlpha = 1
    if (span.kind === 'firing') ctx.fillRect(left, bbox.top, width, 2 * devicePixelRatio)
  }
  ctx.restore()
}

/** Thresholds, before the series, with their names at the left. */
export function drawLines(plot: uPlot, { marks, token }: Paint): void {
  const { ctx, bbox } = plot
  const ratio = devicePixelRatio
  ctx.save()
  ctx.font = `${11 * ratio}px system-ui, sans-serif`
  ctx.textAlign = 'left'
  ctx.textBaseline = 'alphabetic'
  for (const line of marks.lines) {
    const y = plot.valToPos(line.value, 'y', true)
    if (y < bbox.top || y > bbox.top + bbox.height) continue
    ctx.strokeStyle = ctx.fillStyle = token(lineToken(line.kind, marks.severity))
    ctx.lineWidth = 1.25 * ratio
    ctx.setLineDash(line.kind === 'threshold' ? [] : [5 * ratio, 4 * ratio])
    ctx.beginPath()
    ctx.moveTo(bbox.left, y)
    ctx.lineTo(bbox.left + bbox.width, y)
    ctx.stroke()
    const above =
      line.kind === 'threshold' ? y - bbox.top > 16 * ratio : y > bbox.top + bbox.height - 16 * ratio
    ctx.fillText(line.label, bbox.left + 6 * ratio, above ? y - 4 * ratio : y + 13 * ratio)
  }
  ctx.restore()
}

/** The values that an axis has to have room for. */
export const markValues = (marks: Marks): number[] => marks.lines.map(({ value }) => value)
