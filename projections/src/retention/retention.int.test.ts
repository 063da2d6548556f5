import assert from 'node:assert/strict'
import { after, afterEach, test } from 'node:test'
import { create } from '@bufbuild/protobuf'
import { RetentionSetSchema } from '@secumon/contracts/gen/retention'
import { RETENTION_ID } from '@secumon/domain/retention/retention'
import { testDatabase } from '@secumon/infra/testing/database'
import { sql } from 'kysely'
import { MINUTE, NIGHT, say, USER } from '../alerts/testing/speech.ts'
import { tenantScope } from '../tenant-scope.ts'
import { laws } from '../testing/laws.ts'
import { startLoop, stopLoops } from '../testing/loop.ts'
import { MemoryLog, type Appended } from '../testing/memory-log.ts'
import { retentionProjector } from './project.ts'
import { liveSchema } from '../live-generation.ts'
import { keptBefore, retentions, tenantRetention, type RetentionChange } from './queries.ts'

const STREAM = 'EVENTS'
const db = await testDatabase({ after })
afterEach(stopLoops)

type Set = { readonly rawDays?: number; readonly logsDays?: number }

const set = (tenant: string, version: number, days: Set): Appended =>
  say({
    aggregate: 'retention',
    id: RETENTION_ID,
    tenant,
    version,
    atMs: NIGHT + version * MINUTE,
    events: [{ case: 'retentionSet', value: create(RetentionSetSchema, days) }],
  })

const ofMain = [set('main', 1, { rawDays: 20 }), set('main', 2, { rawDays: 7, logsDays: 3 })]
const ofShop = [set('shop', 1, { logsDays: 5 }), set('shop', 2, {}), set('shop', 3, { logsDays: 9 })]
const history = [ofShop[0], ofMain[0], ofShop[1], ofMain[1], ofShop[2]].filter((each) => each !== undefined)

async function dump(schema: string): Promise<unknown> {
  const { rows } = await sql`select * from ${sql.table(`${schema}.retention`)} order by tenant_id`.execute(db)
  return rows
}

laws({
  db,
  stream: STREAM,
  projector: () => retentionProjector,
  history,
  backfilled: [...ofMain, ...ofShop],
  dump,
})

test('what a tenant keeps is told with who set it and what it was before', async () => {
  const log = new MemoryLog()
  log.append(STREAM, ...history)
  const loop = startLoop({ projector: retentionProjector, log, db, stream: STREAM })
  await loop.reached(history.length)
  const days = { raw: 7, logs: 3 }
  assert.deepEqual(await tenantRetention(db, tenantScope('main')), {
    days,
    version: 2,
    changed: {
      atMs: NIGHT + 2 * MINUTE,
      by: { kind: 'user', id: USER },
      earlier: [
        { untilMs: NIGHT + 2 * MINUTE, days: { raw: 20 } },
        { untilMs: NIGHT + MINUTE, days: {} },
      ],
    },
  })
  const shop = await tenantRetention(db, tenantScope('shop'))
  assert.deepEqual([shop.days, shop.version, shop.changed?.earlier[0]?.days], [{ logs: 9 }, 3, {}])
  assert.deepEqual(await tenantRetention(db, tenantScope('else')), { days: {}, version: 0 })
  assert.deepEqual([...(await retentions(db)).keys()].toSorted(), ['main', 'shop'])

  const table = sql.table(`${await liveSchema(db, 'retention')}.retention`)
  await sql`alter table ${table} drop changed_at, drop changed_by, drop earlier`.execute(db)
  assert.deepEqual(
    await tenantRetention(db, tenantScope('main')),
    { days, version: 2 },
    'of an older program',
  )
})

test('a change deletes from what was kept when there was deleted last', () => {
  const [at1, at2] = [NIGHT + MINUTE, NIGHT + 2 * MINUTE]
  const earlier = [
    { untilMs: at2, days: { raw: 20 } },
    { untilMs: at1, days: {} },
  ]
  const change: RetentionChange = { atMs: at2, by: null, earlier }
  const before = [null, NIGHT, at1, at2, at2 + 1].map((deletedMs) => keptBefore(change, deletedMs))
  assert.deepEqual(before, [{}, {}, { raw: 20 }, { raw: 20 }, { raw: 20 }])
})
