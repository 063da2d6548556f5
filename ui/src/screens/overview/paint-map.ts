// Draws the fleet map. Statuses differ by mark as well as by colour where a cell is large enough for one.

import type { Status } from '../../lib/api-types.ts'
import type { MapLayout } from '../../shape/map-layout.ts'

const FILL: Readonly<Record<Status, string>> = {
  online: '--ok-fill',
  offline: '--critical-fill',
  unknown: '--unknown-fill',
  pending: '--info-fill',
}
const MARKED_FROM = 7

type View = { readonly width: number; readonly focused: number; readonly count: (count: number) => string }

/** Sizes the canvas to the layout and paints every cell. */
export function paintMap(canvas: HTMLCanvasElement, layout: MapLayout, view: View): void {
  const ratio = devicePixelRatio || 1
  const context = canvas.getContext('2d')
  if (!context) return
  const [width, height] = [Math.round(view.width * ratio), Math.max(1, Math.round(layout.height * ratio))]
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width
    canvas.height = height
    canvas.style.width = `${view.width}px`
    canvas.style.height = `${layout.height}px`
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, view.width, layout.height)
  const style = getComputedStyle(canvas)
  paintLabels(context, layout, { style, count: view.count })
  for (const status of ['online', 'unknown', 'pending', 'offline'] as const)
    paintStatus(context, layout, status, style)
  paintFocus(context, layout, view.focused, style)
}

function paintLabels(
  context: CanvasRenderingContext2D,
  layout: MapLayout,
  { style, count }: { style: CSSStyleDeclaration; count: View['count'] },
): void {
  context.fillStyle = style.getPropertyValue('--text-2')
  context.font = `12px ${style.getPropertyValue('--font')}`
  for (const label of layout.labels)
    context.fillText(`${label.text} · ${count(label.count)}`, label.x, label.y)
}

function paintStatus(
  context: CanvasRenderingContext2D,
  layout: MapLayout,
  status: Status,
  style: CSSStyleDeclaration,
): void {
  const { size } = layout
  context.fillStyle = style.getPropertyValue(FILL[status])
  const cells = layout.cells.filter((cell) => cell.agent.status === status)
  context.beginPath()
  for (const { x, y } of cells) {
    if (size >= 10) context.roundRect(x, y, size, size, 2)
    else context.rect(x, y, size, size)
  }
  context.fill()
  if (size < MARKED_FROM || status === 'online') return
  context.strokeStyle = style.getPropertyValue('--surface')
  context.lineWidth = Math.max(1, size / 9)
  context.beginPath()
  for (const { x, y } of cells) mark(context, status, x + size / 2, y + size / 2, size * 0.22)
  context.stroke()
}

/** A cross for offline, a bar for unknown, a ring for pending. */
function mark(context: CanvasRenderingContext2D, status: Status, x: number, y: number, reach: number): void {
  if (status === 'pending') {
    context.moveTo(x + reach, y)
    context.arc(x, y, reach, 0, Math.PI * 2)
    return
  }
  const rise = status === 'offline' ? reach : 0
  context.moveTo(x - reach, y - rise)
  context.lineTo(x + reach, y + rise)
  if (status !== 'offline') return
  context.moveTo(x - reach, y + rise)
  context.lineTo(x + reach, y - rise)
}

function paintFocus(
  context: CanvasRenderingContext2D,
  layout: MapLayout,
  focused: number,
  style: CSSStyleDeclaration,
): void {
  const cell = layout.cells[focused]
  if (!cell) return
  context.strokeStyle = style.getPropertyValue('--text')
  context.lineWidth = 2
  context.strokeRect(cell.x - 1, cell.y - 1, layout.size + 2, layout.size + 2)
}
