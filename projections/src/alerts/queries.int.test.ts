import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { untyped } from '@secumon/infra/database/database'
import { testDatabase } from '@secumon/infra/testing/database'
import { create } from '@bufbuild/protobuf'
import { NotificationMutedSchema } from '@secumon/contracts/gen/notification'
import { Severity } from '@secumon/contracts/gen/rule'
import { tenantScope, type TenantScopes } from '../tenant-scope.ts'
import { startLoop, stopLoops } from '../testing/loop.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { alertsProjector } from './project.ts'
import { alertEvents, alertMutes, incidentsOfAlert } from './queries/alert-history.ts'
import {
  activeAlerts,
  alertCounts,
  countAlerts,
  findAlert,
  listAlerts,
  readAlerts,
  type AlertPage,
} from './queries/alerts.ts'
import {
  findChannel,
  listChannels,
  listPolicies,
  listSchedules,
  scheduleOverrides,
} from './queries/escalation.ts'
import { alertsOfIncident, findIncident, listIncidents, openIncidents } from './queries/incidents.ts'
import { listMaintenances, listSilences } from './queries/muting.ts'
import { listNotifications, notificationCounts } from './queries/notifications.ts'
import { incidentRounds, missedRounds } from './queries/rounds.ts'
import { findRule, listRules, ruleActivity, ruleAt, ruleHistory } from './queries/rules.ts'
import { usesOf } from './queries/uses.ts'
import { firedEvent, pendingEvent } from './testing/alerts.ts'
import { night } from './testing/night.ts'
import {
  CHANNEL,
  CPU,
  DEAD,
  DELIVERED,
  DISK,
  id,
  INCIDENT,
  MINUTE,
  NIGHT,
  RULE,
  say,
  SCHEDULE,
} from './testing/speech.ts'

const STREAM = 'EVENTS'
const database = await testDatabase({ after })
const db = untyped(database)
const main: TenantScopes = [tenantScope('main')]
const other: TenantScopes = [tenantScope('other')]
const both: TenantScopes = [...main, ...other]
const page: AlertPage = { sort: 'newest', limit: 100 }
const announced: string[] = []

// Seven more, one a minute, of two hosts; one of another tenant.
const hosts = [id(71), id(72)]
const more = Array.from({ length: 7 }, (_, n) =>
  say({
    aggregate: 'alert',
    id: id(100 + n, NIGHT + (20 + n) * MINUTE),
    version: 1,
    atMs: NIGHT + (20 + n) * MINUTE,
    events: [
      pendingEvent({
        minute: 20 + n,
        severity: n % 3 === 0 ? Severity.CRITICAL : Severity.INFO,
        agent: hosts[n % 2] ?? '',
        dimension: `/mount_${n}%`,
      }),
      ...(n < 5 ? [firedEvent(20 + n)] : []),
    ],
  }),
)
// No policy takes the first of them.
const untold = say({
  aggregate: 'notification',
  id: id(100, NIGHT + 20 * MINUTE),
  version: 1,
  events: [
    {
      case: 'notificationMuted',
      value: create(NotificationMutedSchema, {
        alert: id(100, NIGHT + 20 * MINUTE),
        stage: 'no_policy',
        detail: 'no escalation policy takes it',
      }),
    },
  ],
})
const theirs = say({
  aggregate: 'alert',
  id: id(200),
  version: 1,
  tenant: 'other',
  events: [pendingEvent({ minute: 0 })],
})

describe('the alerting read model is read', () => {
  before(async () => {
    const log = new MemoryLog()
    log.append(STREAM, ...night, ...more, untold, theirs)
    const live = { publishLive: (subject: string) => void announced.push(subject) }
    const loop = startLoop({ projector: alertsProjector({ live }), log, db: database, stream: STREAM })
    await loop.reached(night.length + more.length + 2)
  })
  after(stopLoops)

  const found = async (filter: Partial<AlertPage>) =>
    (await listAlerts(db, main, { ...page, ...filter })).rows.map((row) => row.dimension ?? row.id)

  test('page by page, in both orders, nothing is missed and nothing comes twice', async () => {
    for (const sort of ['newest', 'worst'] as const) {
      const whole = await listAlerts(db, main, { ...page, sort })
      assert.deepEqual([whole.total, whole.rows.length, whole.next], [9, 9, null])
      const paged: string[] = []
      for (let next: string | null | undefined; next !== null;) {
        const part = await listAlerts(db, main, { sort, limit: 2, after: next })
        const { total, ...uncounted } = part
        assert.deepEqual(await readAlerts(db, main, { sort, limit: 2, after: next }), uncounted)
        assert.equal(total, whole.total)
        paged.push(...part.rows.map((row) => row.id))
        next = part.next
      }
      assert.deepEqual(
        paged,
        whole.rows.map((row) => row.id),
      )
    }
    assert.deepEqual(
      [
        await countAlerts(db, main, { most: 4 }),
        await countAlerts(db, main, { most: 100, state: 'pending' }),
      ],
      [4, (await listAlerts(db, main, { ...page, state: 'pending' })).total],
    )
    await assert.rejects(listAlerts(db, main, { ...page, after: 'WyJhIiwyXQ' }), /`next`/)
    await assert.rejects(listAlerts(db, main, { ...page, after: 'nonsense' }), /`next`/)
  })

  test('each filter leaves what it says', async () => {
    assert.deepEqual(await found({ state: 'resolved' }), [CPU])
    assert.deepEqual(await found({ state: 'pending' }), ['/mount_6%', '/mount_5%'])
    assert.deepEqual(await found({ severity: 'warning' }), ['/data'])
    assert.deepEqual(await found({ agent: hosts[1] ?? '', state: 'firing' }), ['/mount_3%', '/mount_1%'])
    assert.deepEqual(await found({ q: 'MOUNT_3%' }), ['/mount_3%'])
    assert.deepEqual(await found({ q: 'mount%3' }), [])
    assert.deepEqual(await found({ muted: 'true' }), ['/mount_0%', '/data'])
    assert.deepEqual(await found({ open: 'false' }), ['/data', CPU])
    assert.equal((await found({ open: 'true', state: 'firing' })).length, 5)
    assert.deepEqual(await found({ acknowledged: 'true' }), [CPU])
    assert.deepEqual(await found({ fired: 'false' }), ['/mount_6%', '/mount_5%'])
    assert.deepEqual(await found({ from: NIGHT + 10 * MINUTE, to: NIGHT + 21 * MINUTE }), [
      '/mount_0%',
      '/data',
    ])
    assert.equal((await found({ rule: RULE, metric: 'cpu.usage_percent', simulated: 'false' })).length, 9)
  })

  test('what is active is counted, by state and severity; what no policy takes has to be looked at', async () => {
    assert.deepEqual(await alertCounts(db, main), {
      pending: 2,
      firing: 6,
      acknowledged: 0,
      muted: 2,
      open: 5,
      by_severity: { info: 3, warning: 1, critical: 2 },
    })
    const active = await activeAlerts(db, main, 3)
    assert.deepEqual(
      active.map(({ severity }) => severity),
      ['critical', 'critical', 'critical'],
    )
    assert.deepEqual((await ruleActivity(db, main, [RULE])).get(RULE), { pending: 2, firing: 6 })
  })

  test('an alert tells its whole chain, and why nobody was told', async () => {
    const events = await alertEvents(db, main, CPU)
    assert.deepEqual(
      events.map(({ event }) => event.case),
      ['alertPending', 'alertFired', 'alertAcknowledged', 'alertNoted', 'alertResolved'],
    )
    const disk = await findAlert(db, main, DISK)
    assert.deepEqual([disk?.muted?.stage, disk?.muted?.by_name], ['maintenance', 'Sunday'])
    assert.deepEqual(
      (await alertMutes(db, main, DISK)).map(({ stage, by_name, until }) => [stage, by_name, until]),
      [
        ['silence', 'known', NIGHT + 5 * MINUTE],
        ['maintenance', 'Sunday', null],
      ],
    )
    assert.deepEqual(
      (await incidentsOfAlert(db, main, CPU)).map((row) => row.id),
      [INCIDENT],
    )
    assert.deepEqual(
      (await listNotifications(db, main, { limit: 10, alert: CPU })).rows.map((row) => row.id),
      [DEAD, DELIVERED],
    )
  })

  test('rules, at every version', async () => {
    const rules = await listRules(db, main, { limit: 10, q: 'busy', severity: 'critical', enabled: 'false' })
    assert.deepEqual(
      rules.rows.map((row) => [row.id, row.spec.name]),
      [[RULE, 'CPU is very busy']],
    )
    assert.equal((await findRule(db, main, RULE))?.version, 2)
    assert.equal((await ruleAt(db, main, { id: RULE, version: 1 }))?.name, 'CPU is busy')
    assert.deepEqual(
      (await ruleHistory(db, main, RULE)).map(({ change }) => change),
      ['disabled', 'changed', 'created'],
    )
  })

  test('incidents with their alerts and rounds, messages with their attempts', async () => {
    const incident = await findIncident(db, main, INCIDENT)
    assert.deepEqual(
      [incident?.state, incident?.policy.name, incident?.alerts],
      ['closed', 'Everybody', { total: 2, firing: 1, acknowledged: 0 }],
    )
    assert.equal(await openIncidents(db, main), 0)
    assert.equal((await listIncidents(db, main, { limit: 5, alert: CPU, state: 'closed' })).total, 1)
    assert.deepEqual((await alertsOfIncident(db, main, INCIDENT)).length, 2)
    const [round] = await incidentRounds(db, main, INCIDENT)
    assert.deepEqual(round?.notifications, [DELIVERED])
    assert.deepEqual(round.unreached, [
      {
        step: 0,
        reason: 'nobody_on_call',
        channel: null,
        schedule: { id: SCHEDULE, name: 'Nights' },
        member: null,
      },
    ])
    assert.deepEqual(await missedRounds(db, main, CPU), [round])
    assert.deepEqual(await missedRounds(db, main, DISK), [])
    const dead = await listNotifications(db, main, { limit: 1, state: 'dead' })
    assert.deepEqual(
      dead.rows.map(({ reason, channel }) => [reason, channel.name]),
      [['404 Not Found', 'Hook']],
    )
    assert.equal((await notificationCounts(db, main)).dead, 1)
  })

  test('what people wrote, with the state it is in', async () => {
    const silences = async (nowMs: number, state?: string) =>
      (await listSilences(db, main, { limit: 5, nowMs, state })).rows.map((row) => row.state)
    assert.deepEqual(await silences(NIGHT - 1), ['ended'])
    assert.deepEqual(await silences(NIGHT, 'active,planned'), [])
    assert.equal((await listMaintenances(db, main, { limit: 5 })).rows[0]?.spec.timeZone, 'Europe/Paris')
    assert.equal((await listPolicies(db, main, { limit: 5 })).rows[0]?.spec.order, 7)
    assert.equal((await listSchedules(db, main, { limit: 5 })).rows[0]?.spec.name, 'Nights')
    assert.equal((await scheduleOverrides(db, main, { schedules: [SCHEDULE], fromMs: 0 })).size, 0)
    assert.equal((await listChannels(db, main, { limit: 5 })).total, 1)
    const uses = await usesOf(db, main, { kind: 'channel', id: CHANNEL, nowMs: NIGHT })
    assert.deepEqual(
      uses.map(({ kind, name }) => `${kind} ${name}`),
      ['policy Everybody'],
    )
    assert.deepEqual(await usesOf(db, main, { kind: 'policy', id: id(2), nowMs: NIGHT }), [])
    const channel = await findChannel(db, main, CHANNEL)
    assert.deepEqual([channel?.spec.kind, channel?.dead, channel?.last?.state], ['webhook', 1, 'dead'])
  })

  test('nobody sees another tenant’s', async () => {
    assert.equal((await listAlerts(db, other, page)).total, 1)
    assert.equal(await findAlert(db, other, CPU), undefined)
    assert.deepEqual(await alertEvents(db, other, CPU), [])
    assert.equal(await findIncident(db, other, INCIDENT), undefined)
    for (const list of [
      listRules,
      listPolicies,
      listSchedules,
      listChannels,
      listNotifications,
      listIncidents,
    ])
      assert.equal((await list(db, other, { limit: 5 })).total, 0)
    assert.equal((await alertCounts(db, other)).pending, 1)
    assert.equal((await listAlerts(db, both, page)).total, 10, 'but who may see both')
  })

  test('who looks now is told, each tenant of its own', () => {
    const ofMain = ['alerts', 'incidents', 'notifications'].map((kind) => `live.main.${kind}`)
    assert.deepEqual(new Set(announced), new Set([...ofMain, 'live.other.alerts']))
  })
})
