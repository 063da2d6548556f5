import { describe, expect, it } from 'vitest'
import { timeTicks, valueRange } from './axis.ts'
import { chartCsv } from './chart-csv.ts'
import { chartData } from './chart-data.ts'
import { heatOf } from './heat-scale.ts'
import { PANELS } from './panels.ts'

const [cpu] = PANELS.overview
const network = PANELS.network[0]
const column = (key: string, name: string | null, values: (number | null)[]) => ({
  key,
  name,
  values,
  min: undefined,
  max: undefined,
})
const base = { toleranceMs: 0, hidden: new Set<string>(), text: (key: string) => key }

describe('chart data', () => {
  it('stacks the modes that are shown only', () => {
    const columns = {
      stepMs: 10,
      times: [0, 10],
      columns: [column('cpu.user_percent', null, [10, 20]), column('cpu.system_percent', null, [1, 2])],
    }
    expect(chartData({ ...base, panel: cpu, columns }).lines.map((line) => line.drawn)).toEqual([
      [10, 20],
      [11, 22],
    ])
    const hidden = new Set(['cpu.user_percent '])
    expect(chartData({ ...base, panel: cpu, columns, hidden }).lines[1]?.drawn).toEqual([1, 2])
  })
  it('turns bytes into bits and gives an interface one colour for both directions', () => {
    const columns = {
      stepMs: 10,
      times: [0],
      columns: [
        column('network.transmit_bytes', 'eth1', [2]),
        column('network.receive_bytes', 'eth1', [1]),
        column('network.receive_bytes', 'eth0', [3]),
      ],
    }
    const { lines } = chartData({ ...base, panel: network, columns })
    expect(lines.map((line) => [line.label, line.colour, line.values[0]])).toEqual([
      ['eth0 seriesReceived', 1, 24],
      ['eth1 seriesReceived', 2, 8],
      ['eth1 seriesSent', 2, 16],
    ])
  })
  it('exports exact values with ISO times and empty gaps', () => {
    const columns = {
      stepMs: 10,
      times: [0, 10],
      columns: [column('cpu.user_percent', null, [1.23456, null])],
    }
    expect(chartCsv(chartData({ ...base, panel: cpu, columns }), cpu.unit)).toBe(
      'time,seriesUser (%)\r\n1970-01-01T00:00:00.000Z,1.23456\r\n1970-01-01T00:00:00.010Z,\r\n',
    )
  })
})

describe('axes', () => {
  it('start at zero, with a fixed top for percentages', () =>
    expect([
      valueRange({ smallest: 3, largest: 40 }, 100),
      valueRange({ smallest: null, largest: null }, undefined),
      valueRange({ smallest: 5, largest: 100 }, undefined),
    ]).toEqual([
      [0, 100],
      [0, 1],
      [0, 108],
    ]))
  it('name the day at midnight and seconds when they are close', () => {
    const midnight = new Date(2026, 10, 21).getTime()
    expect(timeTicks([midnight, midnight + 3_600_000], 3_600_000, 'en-GB')).toEqual(['21 Nov', '01:00'])
    expect(timeTicks([midnight + 61_000], 1_000, 'en-GB')).toEqual(['00:01:01'])
    const months = [
      [2025, 10],
      [2026, 0],
      [2026, 2],
    ].map(([year = 0, month]) => +new Date(year, month ?? 0, 1))
    expect(timeTicks(months, 60 * 24 * 3_600_000, 'en-GB')).toEqual(['Nov 2025', 'Jan 2026', 'Mar'])
  })
})

describe('heat', () => {
  it.each([
    [0, 0],
    [9.9, 0],
    [10, 1],
    [65, 3],
    [100, 5],
    [-1, 0],
  ])('%d %% has colour %i', (percent, colour) => expect(heatOf(percent)).toBe(colour))
})
