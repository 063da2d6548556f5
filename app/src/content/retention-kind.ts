// How long a tenant's data is kept, in a content file: an item at most, for there is one such thing in a tenant. What it
// leaves out is kept as long as the platform keeps it.

import { SYSTEM_TENANT } from '@secumon/contracts/subjects'
import {
  retention,
  RETENTION_ID,
  type RetentionCommand,
  type TenantRetention,
} from '@secumon/domain/retention/retention'
import { z } from 'zod'
import { ContentFault } from './content-fault.ts'
import { contentKind, type Context } from './content-kind.ts'

const days = z.int('whole days').min(1, 'one day at least').nullable().default(null)

/** In the words of the settings and of `secumon storage retention`. */
const schema = z.strictObject({
  raw_days: days,
  rollup_5min_days: days,
  rollup_1hour_days: days,
  logs_days: days,
})
type Text = z.output<typeof schema>

const textOf = ({ raw, rollup5min, rollup1hour, logs }: TenantRetention): Text => ({
  raw_days: raw ?? null,
  rollup_5min_days: rollup5min ?? null,
  rollup_1hour_days: rollup1hour ?? null,
  logs_days: logs ?? null,
})

const daysOf = (text: Text): TenantRetention => ({
  ...(text.raw_days !== null && { raw: text.raw_days }),
  ...(text.rollup_5min_days !== null && { rollup5min: text.rollup_5min_days }),
  ...(text.rollup_1hour_days !== null && { rollup1hour: text.rollup_1hour_days }),
  ...(text.logs_days !== null && { logs: text.logs_days }),
})

function set(text: Text, { tenant, kept }: Context): RetentionCommand[] {
  if (tenant === SYSTEM_TENANT)
    throw new ContentFault('the platform’s own is kept as its settings say: SECUMON_RAW_DAYS and its like')
  return [{ kind: 'SetRetention', days: daysOf(text), platform: kept }]
}

export const retentionKind = contentKind({
  key: 'retention',
  decider: retention,
  schema,
  onlyId: RETENTION_ID,
  nameOf: () => undefined,
  textOf,
  create: set,
  change: (text, _, context) => set(text, context),
})
