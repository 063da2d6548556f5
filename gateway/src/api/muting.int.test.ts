import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { create } from '@bufbuild/protobuf'
import { MaintenancePlannedSchema } from '@secumon/contracts/gen/muting'
import { comesTrue } from '@secumon/infra/testing/comes-true'
import { CHANNEL, CPU, DISK, id, say } from '@secumon/projections/alerts/testing/speech'
import { BulkBody, BulkSilenceBody } from './schemas/alert.ts'
import { ErrorBody } from './schemas/errors.ts'
import { CalendarBody, MaintenanceBody, MaintenancesBody } from './schemas/maintenance.ts'
import { OnCallBody, ScheduleBody } from './schemas/schedule.ts'
import { MutedNowBody, SilenceBody, SilencesBody } from './schemas/silence.ts'
import { recordNight } from './testing/alerting-night.ts'
import { apiUnderTest, type ApiUnderTest } from './testing/api-under-test.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const UNKNOWN = '01ARZ3NDEKTSV4RRFFQ69G5FAV'

describe('who is told, and who is not', () => {
  let t: ApiUnderTest
  let admin: string
  let operator: string
  const cleanUps: (() => Promise<void>)[] = []
  before(async () => {
    t = await apiUnderTest({ after: (cleanUp) => cleanUps.unshift(cleanUp) })
    await t.addUser('alice')
    await t.addUser('otto', 'main', 'user')
    ;[admin, operator] = [await t.logIn('alice'), await t.logIn('otto')]
    await recordNight(t, admin)
  })
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp()
  })

  const post = async (path: string, body: unknown, token = operator) =>
    (await t.ask(path, { token, body })).body
  const silences = async (state: string) =>
    SilencesBody.parse((await t.ask(`/api/v1/silences?state=${state}`, { token: operator })).body).silences

  test('many alerts at once: what cannot be done is told of each', async () => {
    const alerts = [DISK, CPU, UNKNOWN, DISK]
    const { done, outcomes } = BulkBody.parse(
      await post('/api/v1/alerts/acknowledge', { alerts, note: 'all' }),
    )
    assert.equal(done, 1)
    assert.deepEqual(outcomes, [
      { alert: DISK, error: null },
      { alert: CPU, error: 'the alert is resolved' },
      { alert: UNKNOWN, error: 'no such alert' },
    ])
    const silenced = BulkSilenceBody.parse(
      await post('/api/v1/alerts/silence', {
        alerts: [DISK],
        reason: 'moving',
        expires_at: Date.now() + HOUR_MS,
      }),
    )
    const [made] = await silences('active')
    assert.deepEqual([silenced.silences, made?.created_by?.name], [[made?.id], 'otto'])
    const labels = Object.fromEntries(made?.matchers.map(({ label, value }) => [label, value]) ?? [])
    assert.equal(
      Object.keys(labels).length > 0 && Object.keys(labels).length < 4,
      true,
      JSON.stringify(labels),
    )
  })

  test('matchers are tried before they mute', async () => {
    const matching = async (operatorSign: string, value: string) => {
      const matchers = [{ label: 'team', operator: operatorSign, value }]
      return MutedNowBody.parse(await post('/api/v1/silences/preview', { matchers })).alerts.map(
        ({ id }) => id,
      )
    }
    assert.deepEqual(await matching('=', 'night'), [DISK])
    assert.deepEqual(await matching('~', 'n*'), [DISK])
    assert.deepEqual(await matching('!~', 'n*'), [])
    assert.deepEqual(await matching('!=', 'db'), [DISK])
  })

  test('a silence is made, made longer, and ended', async () => {
    const matchers = [{ label: 'team', operator: '=', value: 'db' }]
    const until = Date.now() + HOUR_MS
    const { silence } = SilenceBody.parse(await post('/api/v1/silences', { matchers, expires_at: until }))
    const path = `/api/v1/silences/${silence.id}`
    const longer = SilenceBody.parse(await post(`${path}/extend`, { expires_at: until + HOUR_MS }))
    assert.deepEqual([longer.silence.state, longer.silence.expires_at], ['active', until + HOUR_MS])
    const { body } = await t.ask(path, { token: operator, method: 'DELETE' })
    const ended = SilenceBody.parse(body).silence
    assert.deepEqual([ended.state, ended.ended_by?.name], ['ended', 'otto'])
    const again = ErrorBody.parse(await post(`${path}/extend`, { expires_at: until }))
    assert.deepEqual([again.code, again.error], [409, 'the silence is over: make a new one'])
  })

  test('a maintenance keeps its hour over a change of clocks', async () => {
    const spec = {
      name: 'Backups',
      matchers: [],
      time_zone: 'Europe/Paris',
      starts_at: '2030-03-24T04:00:00',
      duration_ms: HOUR_MS,
      recurrence: 'FREQ=WEEKLY;BYDAY=SU',
    }
    const { maintenance } = MaintenanceBody.parse(await post('/api/v1/maintenances', { spec }))
    assert.equal(maintenance.active, null)
    const from = Date.UTC(2030, 2, 23)
    const path = `/api/v1/maintenances/calendar?from=${from}&to=${from + 10 * DAY_MS}`
    const calendar = CalendarBody.parse((await t.ask(path, { token: operator })).body)
    assert.deepEqual(
      calendar.occurrences
        .filter(({ maintenance: id }) => id === maintenance.id)
        .map(({ from: begins }) => new Date(begins).toISOString()),
      ['2030-03-24T03:00:00.000Z', '2030-03-31T02:00:00.000Z'],
    )
    const wrong = await post('/api/v1/maintenances', { spec: { ...spec, time_zone: 'Europe/Nowhere' } })
    assert.match(ErrorBody.parse(wrong).error, /not a time zone: "Europe\/Nowhere"/)
    const recurrence = 'FREQ=DAILY;BYMONTHDAY=99'
    const refused = ErrorBody.parse(await post('/api/v1/maintenances', { spec: { ...spec, recurrence } }))
    assert.deepEqual([refused.code, refused.error], [400, 'BYMONTHDAY is 1 to 31, or -31 to -1, not "99"'])
  })

  test('a maintenance whose windows cannot be computed is listed with the reason', async () => {
    const value = create(MaintenancePlannedSchema, {
      spec: {
        name: 'Of another version',
        timeZone: 'Europe/Paris',
        startsAt: '2000-01-01T02:00:00',
        durationMs: HOUR_MS,
        recurrence: 'FREQ=HOURLY',
      },
    })
    const events = [{ case: 'maintenancePlanned' as const, value }]
    const written = say({ aggregate: 'maintenance', id: id(777), version: 1, events })
    await t.log.append(written.subject, written.payload)
    const listed = async () => {
      const { body } = await t.ask('/api/v1/maintenances', { token: operator })
      return MaintenancesBody.parse(body).maintenances.find((each) => each.id === id(777))
    }
    await comesTrue('it is listed', async () => (await listed()) !== undefined)
    const { active, next, problem } = (await listed()) ?? {}
    assert.deepEqual([active, next], [null, null])
    assert.match(problem ?? '', /^a recurrence is FREQ=DAILY/)
    const calendar = await t.ask('/api/v1/maintenances/calendar?from=0', { token: operator })
    assert.equal(calendar.status, 200)
  })

  test('who is on call: the layers say, an override for its time', async () => {
    const [one, two] = ['one', 'two'].map((name) => ({ name, channels: [CHANNEL] }))
    const layer = { name: 'first', members: [one, two], starts_at: '2030-01-07T09:00:00', days_each: 7 }
    const spec = { name: 'Nights', time_zone: 'Europe/Paris', layers: [layer] }
    const { schedule } = ScheduleBody.parse(await post('/api/v1/schedules', { spec }, admin))
    const path = `/api/v1/schedules/${schedule.id}`
    const begin = Date.UTC(2030, 0, 7, 8)
    const override = {
      member: { name: 'stand-in', channels: [CHANNEL] },
      from: begin + DAY_MS,
      until: begin + 2 * DAY_MS,
    }
    const overridden = ScheduleBody.parse(await post(`${path}/overrides`, override))
    const shifts = async () => {
      const { body } = await t.ask(`${path}/on-call?from=${begin}&to=${begin + 8 * DAY_MS}`, {
        token: operator,
      })
      return OnCallBody.parse(body).shifts.map(({ member, source }) => `${member?.name} by ${source}`)
    }
    assert.deepEqual(await shifts(), ['one by layer', 'stand-in by override', 'one by layer', 'two by layer'])
    const [made] = overridden.overrides
    assert.equal(made?.created_by?.name, 'otto')
    await t.ask(`${path}/overrides/${made?.id}`, { token: operator, method: 'DELETE' })
    assert.deepEqual(await shifts(), ['one by layer', 'two by layer'])
  })
})
