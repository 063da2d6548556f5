// Paints one row of cells per series, darker or warmer with the value: many cores at a glance.

import type uPlot from 'uplot'
import type { ChartData } from './chart-data.ts'
import { HEAT_STEPS, heatOf } from './heat-scale.ts'

/** Draws into the plotting area; missing values stay empty, so that gaps stay gaps. */
export function drawHeat(plot: uPlot, data: ChartData, token: (name: string) => string): void {
  const { ctx } = plot
  const colours = HEAT_STEPS.map((_, i) => token(`--heat-${i}`))
  const stepMs = (data.times[1] ?? 0) - (data.times[0] ?? 0)
  ctx.save()
  ctx.beginPath()
  ctx.rect(plot.bbox.left, plot.bbox.top, plot.bbox.width, plot.bbox.height)
  ctx.clip()
  const rowSpace = data.lines.length > 24 ? 0 : 1
  for (const [row, line] of data.lines.entries()) {
    const top = plot.valToPos(row + 1, 'y', true)
    const height = plot.valToPos(row, 'y', true) - top - rowSpace
    for (const [i, value] of line.values.entries()) {
      const at = data.times[i]
      if (typeof value !== 'number' || at === undefined) continue
      const left = plot.valToPos(at, 'x', true)
      ctx.fillStyle = colours[heatOf(value)] ?? ''
      ctx.fillRect(left, top, Math.ceil(plot.valToPos(at + stepMs, 'x', true) - left), Math.max(1, height))
    }
  }
  ctx.restore()
}
