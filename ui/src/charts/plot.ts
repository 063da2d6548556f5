// The only file that knows uPlot. Loaded when the first chart comes into view.

import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { numberFormat } from '../shape/formatters.ts'
import { scaleFor, formatNumber, type DisplayUnit } from '../shape/number-format.ts'
import { BINARY_INCREMENTS, SECONDS_INCREMENTS, timeTicks, valueRange } from './axis.ts'
import { largest, type ChartData, type Line } from './chart-data.ts'
import { drawHeat } from './heat.ts'
import { drawLines, drawSpans, markValues, type Marks } from './marks.ts'
import type { Panel } from './panels.ts'
import type { Point } from '../shape/series-merge.ts'

export type PlotInput = {
  readonly panel: Panel
  readonly data: ChartData
  readonly hidden: ReadonlySet<string>
  readonly fromMs: number
  readonly toMs: number
  readonly locale: string
  readonly marks: Marks
}

export type CursorPlace = {
  readonly left: number
  readonly top: number
  readonly index: number
  readonly row: number
  readonly width: number
}

export type PlotDeps = {
  readonly host: HTMLElement
  readonly onZoom: (fromMs: number, toMs: number) => void
  readonly onReset: () => void
  readonly onCursor: (place: CursorPlace | undefined) => void
}

const SYNC_KEY = 'page'
const AXIS_FONT = '11px system-ui, sans-serif'

/** A colour token of the present theme. */
const token = (host: Element, name: string): string => getComputedStyle(host).getPropertyValue(name).trim()

const soft = (colour: string, alpha: number): string =>
  `color-mix(in srgb, ${colour} ${Math.round(alpha * 100)}%, transparent)`

/** One chart on screen. It is rebuilt when its series or the theme change, else only given new data. */
export class Plot {
  readonly #deps: PlotDeps
  #input: PlotInput
  #plot: uPlot | undefined
  #form = ''
  #dragging = false

  constructor(deps: PlotDeps, input: PlotInput) {
    this.#deps = deps
    this.#input = input
    this.#build()
  }

  /** Shows new data. @param theme changes when the colours must be read again */
  update(input: PlotInput, theme: string): void {
    this.#input = input
    const form = this.#formOf(input, theme)
    if (form !== this.#form) {
      this.#form = form
      this.#build()
      return
    }
    this.#plot?.batch(() => {
      this.#plot?.setData(dataOf(input), false)
      this.#plot?.setScale('x', { min: input.fromMs, max: input.toMs })
    })
  }

  resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#deps.host
    if (width > 0 && height > 0) this.#plot?.setSize({ width, height })
  }

  /** What is on screen, on the page's background. */
  canvas(): HTMLCanvasElement | undefined {
    return this.#plot?.ctx.canvas
  }

  destroy(): void {
    this.#plot?.destroy()
    this.#plot = undefined
  }

  #formOf({ data, hidden, locale, panel }: PlotInput, theme: string): string {
    const scale = scaleFor(panel.unit, largest(data), locale)
    return [
      theme,
      locale,
      scale.unit,
      data.banded,
      ...data.lines.map((line) => `${line.id}${hidden.has(line.id)}`),
    ].join('|')
  }

  #build(): void {
    this.#plot?.destroy()
    this.#plot = new uPlot(this.#options(), dataOf(this.#input), this.#deps.host)
    this.#plot.over.addEventListener('mousedown', () => (this.#dragging = true))
    this.#plot.over.addEventListener('dblclick', () => this.#deps.onReset())
    this.#plot.over.addEventListener('mouseleave', () => this.#deps.onCursor(undefined))
  }

  #options(): uPlot.Options {
    const { panel, data, hidden } = this.#input
    const host = this.#deps.host
    const colour = (name: string): string => token(host, name)
    return {
      width: host.clientWidth || 300,
      height: host.clientHeight || 160,
      ms: 1,
      // Half a time label may stand beyond the right edge.
      padding: [8, 18, 0, 0],
      legend: { show: false },
      cursor: {
        sync: { key: SYNC_KEY, scales: ['x', null] },
        drag: { x: true, y: false, setScale: false },
        points: { show: panel.draw !== 'heat', size: 5 },
        y: false,
        bind: { dblclick: () => null },
      },
      scales: {
        x: { time: true, range: () => [this.#input.fromMs, this.#input.toMs] },
        y: { range: (_u, min, max) => this.#yRange(min, max) },
      },
      axes: this.#axes(),
      series: [{}, ...seriesOf(panel, data, hidden, host)],
      bands: bandsOf(panel, data, hidden, host),
      hooks: {
        setSelect: [(plot) => this.#selected(plot)],
        setCursor: [(plot) => this.#moved(plot)],
        drawClear: [(plot) => drawSpans(plot, { marks: this.#input.marks, token: colour })],
        draw: [
          (plot) =>
            panel.draw === 'heat'
              ? drawHeat(plot, this.#input.data, colour)
              : drawLines(plot, { marks: this.#input.marks, token: colour }),
        ],
      },
    }
  }

  #yRange(min: number | null, max: number | null): [number, number] {
    const { panel, data, marks } = this.#input
    if (panel.draw === 'heat') return [0, Math.max(1, data.lines.length)]
    const marked = markValues(marks)
    const smallest = Math.min(min ?? 0, ...marked)
    return valueRange({ smallest, largest: Math.max(max ?? 0, ...marked) }, panel.top)
  }

  #axes(): uPlot.Axis[] {
    const { host } = this.#deps
    const stroke = token(host, '--text-3')
    const grid = { stroke: token(host, '--grid'), width: 1 }
    const common = { stroke, font: AXIS_FONT, ticks: { show: false }, border: { show: false } }
    const { panel } = this.#input
    const heat = panel.draw === 'heat'
    return [
      {
        ...common,
        grid,
        size: 26,
        space: 64,
        values: (_u, splits, _axis, _space, increment) => timeTicks(splits, increment, this.#input.locale),
      },
      {
        ...common,
        grid: heat ? { show: false } : grid,
        size: 82,
        space: heat ? 12 : 28,
        gap: 6,
        ...incrementsOf(panel.unit),
        ...(heat ? { splits: () => heatRows(this.#input.data.lines.length) } : {}),
        values: (_u, splits) => this.#valueTicks(splits),
      },
    ]
  }

  #valueTicks(splits: number[]): string[] {
    const { panel, data, locale } = this.#input
    if (panel.draw === 'heat') return splits.map((split) => data.lines[Math.floor(split)]?.label ?? '')
    const scale = scaleFor(panel.unit, Math.max(...splits.map(Math.abs)), locale)
    const fine = splits.some((split) => !Number.isInteger(Math.round((split / scale.divisor) * 1000) / 1000))
    return splits.map((split) => tick(split, panel, locale, scale, fine))
  }

  #selected(plot: uPlot): void {
    const { left, width } = plot.select
    if (this.#dragging && width > 4)
      this.#deps.onZoom(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'))
    this.#dragging = false
    if (width > 0) plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
  }

  #moved(plot: uPlot): void {
    if (!plot.over.matches(':hover')) return
    const { left = -1, top = -1, idx } = plot.cursor
    const row = Math.floor(plot.posToVal(top, 'y'))
    const place = { left: left + plot.over.offsetLeft, top: top + plot.over.offsetTop, width: plot.width }
    this.#deps.onCursor(
      left < 0 || idx === null || idx === undefined ? undefined : { ...place, index: idx, row },
    )
  }
}

/** The steps of a value axis, where those of round decimal numbers would not do. */
function incrementsOf(unit: DisplayUnit): Pick<uPlot.Axis, 'incrs'> {
  if (unit.startsWith('bytes')) return { incrs: [...BINARY_INCREMENTS] }
  return unit === 'seconds' ? { incrs: [...SECONDS_INCREMENTS] } : {}
}

/** The middle of every row, of every second, fourth … where there are many. */
function heatRows(count: number): number[] {
  const each = 2 ** Math.ceil(Math.log2(Math.max(1, count / 16)))
  return Array.from({ length: Math.ceil(count / each) }, (_, i) => i * each + 0.5)
}

function tick(
  value: number,
  panel: Panel,
  locale: string,
  scale: ReturnType<typeof scaleFor>,
  fine: boolean,
): string {
  const scaled = value / scale.divisor
  if (fine) return formatNumber(value, panel.unit, locale, scale)
  const text = numberFormat('exact', locale, { maximumFractionDigits: 3 }).format(scaled)
  return scale.unit === '' ? text : `${text}\u00a0${scale.unit}`
}

const isShown =
  (hidden: ReadonlySet<string>) =>
  (line: Line): boolean =>
    !hidden.has(line.id)

function dataOf({ panel, data, hidden }: PlotInput): uPlot.AlignedData {
  if (panel.draw === 'heat') return [[...data.times], data.times.map(() => 0)]
  const shown = data.lines.filter(isShown(hidden))
  const columns: Point[][] = shown.map((line) => [...line.drawn])
  for (const line of shown) if (line.band) columns.push([...line.band.max], [...line.band.min])
  return [[...data.times], ...columns]
}

function seriesOf(panel: Panel, data: ChartData, hidden: ReadonlySet<string>, host: Element): uPlot.Series[] {
  if (panel.draw === 'heat') return [{ paths: () => null, points: { show: false } }]
  const shown = data.lines.filter(isShown(hidden))
  const lines = shown.map((line, i): uPlot.Series => {
    const colour = token(host, `--series-${line.colour}`)
    const filled = (panel.draw === 'stacked' && i === 0) || line.filled
    return {
      stroke: colour,
      width: panel.draw === 'stacked' ? 0 : 1.25,
      points: { show: lonelyPoints, size: 4, fill: colour },
      ...(line.dashed ? { dash: [4, 3] } : {}),
      ...(filled ? { fill: soft(colour, panel.draw === 'stacked' ? 0.75 : 0.14) } : {}),
    }
  })
  const edges = shown.filter((line) => line.band).flatMap((): uPlot.Series[] => [edge, edge])
  return [...lines, ...edges]
}

const edge: uPlot.Series = { width: 0, points: { show: false } }

/** Draws points only when there are so few that a line could not show them. */
const lonelyPoints: uPlot.Series.Points.Show = (plot, series) => {
  return Array.from(plot.data[series] ?? []).filter((value) => typeof value === 'number').length <= 2
}

function bandsOf(panel: Panel, data: ChartData, hidden: ReadonlySet<string>, host: Element): uPlot.Band[] {
  const shown = data.lines.filter(isShown(hidden))
  const colour = (line: Line, alpha: number): string => soft(token(host, `--series-${line.colour}`), alpha)
  if (panel.draw === 'stacked') {
    return shown.slice(1).map((line, i) => ({ series: [i + 2, i + 1], fill: colour(line, 0.75) }))
  }
  return shown
    .filter((line) => line.band)
    .map((line, i) => ({
      series: [shown.length + 1 + 2 * i, shown.length + 2 + 2 * i],
      fill: colour(line, 0.16),
    }))
}
