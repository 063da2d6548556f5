import { expect, it } from 'vitest'
import { sourcesOf } from './series-sources.ts'

const LIST = 'metrics_1hour,metrics_5min,metrics,disk_metrics_1hour,disk_metrics,custom_metrics'

it.each([
  [['cpu.usage_percent'], ['metrics_1hour', 'metrics_5min', 'metrics']],
  [
    ['disk.read_bytes', 'disk.write_bytes'],
    ['disk_metrics_1hour', 'disk_metrics'],
  ],
  [['cpu.core_busy_percent'], ['metrics']],
  [['network.receive_bytes'], []],
  [['custom.backup_age_seconds'], ['custom_metrics']],
  [['no.such_metric'], []],
])('of %j it is %j', (keys, sources) => expect(sourcesOf(keys, LIST)).toEqual(sources))
