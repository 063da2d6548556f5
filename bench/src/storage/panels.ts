// Panels as the agent page asks for them: the same keys and steps, of one agent after the other; and the same questions
// answered from samples alone.

import type { MetricKey } from '@secumon/contracts/metrics'
import { DAY_MS } from '@secumon/migrations/partitions'
import { liveGeneration } from '@secumon/projections/live-generation'
import type { SeriesPlan } from '@secumon/projections/samples/plan'
import { querySeries } from '@secumon/projections/samples/queries'
import { groupsOf } from '@secumon/projections/samples/series-answer'
import { seriesStatement } from '@secumon/projections/samples/series-sql'
import { tenantScope } from '@secumon/projections/tenant-scope'
import type { Database } from '@secumon/infra/database/database'

const SCOPE = tenantScope('main')
const [MINUTE_MS, HOUR_MS] = [60_000, 3_600_000]

export type Panel = { readonly name: string; readonly keys: readonly MetricKey[] }

export const PANELS: readonly [Panel, ...Panel[]] = [
  {
    name: 'CPU',
    keys: ['cpu.user_percent', 'cpu.system_percent', 'cpu.iowait_percent', 'cpu.steal_percent'],
  },
  {
    name: 'memory',
    keys: ['memory.used_bytes', 'memory.cached_bytes', 'memory.buffers_bytes', 'memory.total_bytes'],
  },
  { name: 'disk usage', keys: ['disk.usage_percent'] },
  { name: 'network', keys: ['network.receive_bytes', 'network.transmit_bytes'] },
]

export type Range = { readonly name: string; readonly days: number; readonly stepMs: number }

/** With the step that gives about 720 points. */
export const RANGES = {
  day: { name: '24 h', days: 1, stepMs: 2 * MINUTE_MS },
  month: { name: '30 d', days: 30, stepMs: HOUR_MS },
  year: { name: '365 d', days: 365, stepMs: 12 * HOUR_MS },
} as const satisfies Record<string, Range>

export type Asked = {
  readonly db: Database
  readonly panel: Panel
  readonly range: Range
  readonly toMs: number
  /** ULIDs. */
  readonly agents: readonly string[]
  readonly runs: number
}

export type Answered = {
  readonly source: string
  readonly bestMs: number
  readonly p50Ms: number
  readonly p95Ms: number
}

/** As the page has it answered. */
export function askPanel({ db, panel: { keys }, range, toMs, ...asked }: Asked): Promise<Answered> {
  const fromMs = toMs - range.days * DAY_MS
  return timed(asked, async (agent) => {
    const { source, series } = await querySeries(db, SCOPE, {
      agent,
      keys,
      fromMs,
      toMs,
      stepMs: range.stepMs,
    })
    if (!series.some(({ values }) => values.some((value) => value !== null)))
      throw new Error('an empty panel')
    return source
  })
}

/** From samples alone, as if there were no rollups; `asRowsIn` is a schema where none of them is squeezed. */
export async function askSamples({
  db,
  panel: { keys },
  range,
  toMs,
  asRowsIn,
  ...asked
}: Asked & { readonly asRowsIn?: string }): Promise<Answered> {
  const { stepMs } = range
  const generation = await liveGeneration(db, 'samples')
  const live =
    asRowsIn === undefined ? generation : { ...generation, schema: asRowsIn, packed: false, sealed: false }
  const group = groupsOf({ keys })[0]
  if (!group) throw new RangeError('no such metrics')
  const relation = {
    name: group.table,
    resolutionMs: 0,
    floorMs: -Infinity,
    untilMs: Infinity,
    sealed: false,
  }
  const plan: SeriesPlan = { stepMs, segments: [{ relation, fromMs: toMs - range.days * DAY_MS, toMs }] }
  return timed(asked, async (agent) => {
    const { rows } = await seriesStatement(group, { live, scope: SCOPE, agent, plan }).execute(db)
    if (rows.length === 0) throw new Error('an empty panel')
    return group.table
  })
}

type Timing = Pick<Asked, 'agents' | 'runs'>

// The first question of all is not counted: it finds out what there is.
async function timed({ agents, runs }: Timing, ask: (agent: string) => Promise<string>): Promise<Answered> {
  let source = ''
  const tookMs: number[] = []
  for (let run = 0; run <= runs; run++) {
    const startedMs = performance.now()
    source = await ask(agents[run % agents.length] ?? '')
    if (run > 0) tookMs.push(performance.now() - startedMs)
  }
  const sorted = tookMs.toSorted((a, b) => a - b)
  const quantile = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
  return { source, bestMs: quantile(0), p50Ms: quantile(0.5), p95Ms: quantile(0.95) }
}
