// Questions for values over time whose statements are committed: each kind of row, each relation, each aggregation.

import { metricOf, type MetricKey, type MetricKind } from '@secumon/contracts/metrics'
import { tenantScope } from '../../tenant-scope.ts'
import type { Statements } from '../../testing/committed-sql.ts'
import type { SeriesPlan } from '../plan.ts'
import { customLabelsStatement, customMetricsStatement } from '../queries/custom-series.ts'
import { ROLLUPS } from '../rollups/definitions.ts'
import { samplesStatement } from '../samples-sql.ts'
import { groupsOf } from '../series-answer.ts'
import { seriesStatement } from '../series-sql.ts'
import type { Aggregation } from '../series.ts'

const HOUR_MS = 3_600_000
/** Of custom metrics that are asked for. */
const KINDS: ReadonlyMap<string, MetricKind> = new Map([
  ['queue_length', 'gauge'],
  ['sent_bytes_total', 'delta'],
])
const LIVE = { schema: 'samples_1', version: 1, sealed: false, packed: false }
const OF = { scope: tenantScope('main'), agent: '01J8ZQ4Q9Z0000000000000000' }

type Asked = {
  readonly keys: readonly MetricKey[]
  /** What is read, an hour of each. */
  readonly from: readonly string[]
  readonly aggregation?: Aggregation
  readonly names?: readonly string[]
  readonly sealed?: boolean
  readonly packed?: boolean
}

function series({ from, names, sealed = false, packed = false, ...asked }: Asked) {
  const [group] = groupsOf({ ...asked, kinds: KINDS })
  if (!group) throw new RangeError('nothing is asked')
  const segments = from.map((relation, i) => ({
    relation: {
      name: relation,
      resolutionMs: ROLLUPS.find((rollup) => rollup.name === relation)?.resolutionMs ?? 0,
      floorMs: -Infinity,
      untilMs: Infinity,
      sealed,
    },
    fromMs: i * HOUR_MS,
    toMs: (i + 1) * HOUR_MS,
  }))
  const plan: SeriesPlan = { stepMs: HOUR_MS, segments }
  return seriesStatement(group, {
    ...OF,
    live: { ...LIVE, sealed, packed },
    plan,
    ...(names && { names }),
  })
}

const host = ['cpu.usage_percent'] as const
const network = ['network.receive_bytes'] as const
const disks = ['disk.usage_percent'] as const
const STITCHED = ['metrics_1hour', 'metrics_5min', 'metrics']

function samples(key: MetricKey) {
  const metric = metricOf(key)
  if (!metric) throw new RangeError(`no metric ${key}`)
  return samplesStatement(metric, { ...OF, live: LIVE, fromMs: 0, toMs: HOUR_MS, limit: 1_000 })
}

/** By the name of its file. */
export const STATEMENTS: Statements = {
  'series-host': series({ keys: ['cpu.usage_percent', 'memory.used_bytes'], from: ['metrics'] }),
  'series-host-5min': series({ keys: host, from: ['metrics_5min'] }),
  'series-host-1hour': series({ keys: host, from: ['metrics_1hour'] }),
  'series-host-stitched': series({ keys: host, from: STITCHED }),
  'series-host-sealed': series({ keys: host, from: STITCHED, sealed: true }),
  'series-host-packed': series({ keys: host, from: ['metrics'], packed: true }),
  'series-host-min': series({ keys: host, from: STITCHED, aggregation: 'min' }),
  'series-host-max': series({ keys: host, from: STITCHED, aggregation: 'max' }),
  'series-host-last': series({ keys: host, from: STITCHED, aggregation: 'last' }),
  'series-host-sum': series({ keys: host, from: STITCHED, aggregation: 'sum' }),
  'series-core': series({ keys: ['cpu.core_busy_percent'], from: ['metrics'] }),
  'series-sensor': series({ keys: ['temperature.celsius'], from: ['metrics'] }),
  'series-mount': series({ keys: disks, from: ['disk_metrics'] }),
  'series-mount-1hour': series({ keys: disks, from: ['disk_metrics_1hour'] }),
  'series-one-mount': series({ keys: disks, from: ['disk_metrics_1hour', 'disk_metrics'], names: ['/'] }),
  'series-device-stitched': series({
    keys: ['disk.read_bytes'],
    from: ['disk_metrics_1hour', 'disk_metrics'],
  }),
  'series-interface': series({ keys: network, from: ['network_metrics'] }),
  'series-interface-stitched': series({
    keys: network,
    from: ['network_metrics_1hour', 'network_metrics'],
    aggregation: 'avg',
  }),
  'series-interface-last': series({
    keys: network,
    from: ['network_metrics_1hour', 'network_metrics'],
    aggregation: 'last',
  }),
  'series-process': series({ keys: ['process.cpu_percent'], from: ['process_metrics'] }),
  'series-check': series({ keys: ['check.up_percent', 'check.duration_ms'], from: ['check_metrics'] }),
  'series-check-stitched': series({
    keys: ['check.up_percent'],
    from: ['check_metrics_1hour', 'check_metrics'],
    names: ['01J8ZQ4Q9Z0000000000000001'],
  }),
  'series-custom': series({
    keys: ['custom.queue_length'],
    from: ['custom_metrics'],
    packed: true,
    names: ['', 'queue="a"'],
  }),
  'series-custom-stitched': series({
    keys: ['custom.sent_bytes_total'],
    from: ['custom_metrics_1hour', 'custom_metrics'],
    names: ['site="www"', 'site="shop"'],
    sealed: true,
  }),
  'series-custom-labels': series({
    keys: ['custom.sent_bytes_total'],
    from: ['custom_metrics'],
    names: ['site="www"', 'site="shop"'],
  }),
  'custom-labels': customLabelsStatement(OF.scope, {
    live: LIVE,
    agent: OF.agent,
    key: 'custom.sent_bytes_total',
    toMs: HOUR_MS,
    limit: 200,
  }),
  'custom-metrics': customMetricsStatement(LIVE, OF.scope, {
    agent: OF.agent,
    search: 'queue',
    after: 'mail_queue',
    limit: 100,
  }),
  'samples-host': samples('cpu.usage_percent'),
  'samples-mount': samples('disk.usage_percent'),
}
