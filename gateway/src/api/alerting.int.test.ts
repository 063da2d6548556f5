import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { liveSchema } from '@secumon/projections/live-generation'
import { CPU, DEAD, DISK, INCIDENT, MINUTE, NIGHT, RULE } from '@secumon/projections/alerts/testing/speech'
import { sql } from 'kysely'
import { AlertBody } from './schemas/alert-detail.ts'
import { AlertsBody } from './schemas/alert.ts'
import { AcceptedBody } from './schemas/agent.ts'
import { ErrorBody } from './schemas/errors.ts'
import { IncidentBody } from './schemas/incident.ts'
import { NotificationsBody } from './schemas/notification.ts'
import { RuleBody, RulesBody } from './schemas/rule.ts'
import { PLATFORM_ALERT, recordNight } from './testing/alerting-night.ts'
import { apiUnderTest, type ApiUnderTest } from './testing/api-under-test.ts'

const SPEC = {
  name: 'Disk is full',
  severity: 'critical',
  condition: { kind: 'metric', metric: 'disk.usage_percent', comparison: 'gt', threshold: 90, recovery: 85 },
  duration_ms: 60_000,
}

describe('the alert centre', () => {
  let t: ApiUnderTest
  let admin: string
  let operator: string
  let reader: string
  let stranger: string
  const cleanUps: (() => Promise<void>)[] = []
  before(async () => {
    t = await apiUnderTest({ after: (cleanUp) => cleanUps.unshift(cleanUp) })
    await t.addUser('alice')
    await t.addUser('otto', 'main', 'user')
    await t.addUser('rea', 'main', 'readonly')
    await t.addUser('mallory', 'evil', 'admin')
    ;[admin, operator, reader, stranger] = [
      await t.logIn('alice'),
      await t.logIn('otto'),
      await t.logIn('rea'),
      await t.logIn('mallory'),
    ]
    await recordNight(t, admin)
  })
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp()
  })

  const get = async (path: string, token = reader) => (await t.ask(path, { token })).body
  const post = (path: string, token: string, body?: unknown) =>
    t.ask(path, { token, method: 'POST', ...(body !== undefined && { body }) })

  test('who runs the platform sees its alerts beside their own, who does not sees none of both', async () => {
    const ids = AlertsBody.parse(await get('/api/v1/alerts')).alerts.map(({ id }) => id)
    assert.deepEqual(new Set(ids), new Set([CPU, DISK, PLATFORM_ALERT]))
    const theirs = AlertsBody.parse(await get('/api/v1/alerts', stranger))
    assert.deepEqual([theirs.total, theirs.counts.firing, theirs.counts.pending], [0, 0, 0])
    assert.equal((await t.ask(`/api/v1/alerts/${PLATFORM_ALERT}`, { token: stranger })).status, 404)
  })

  test('lists are filtered, and go on where the page before ended', async () => {
    const first = AlertsBody.parse(await get('/api/v1/alerts?limit=1&sort=worst'))
    assert.equal(first.total, 3)
    const second = AlertsBody.parse(await get(`/api/v1/alerts?limit=2&sort=worst&after=${first.next}`))
    assert.deepEqual(new Set([...first.alerts, ...second.alerts].map(({ id }) => id)).size, 3)
    const muted = AlertsBody.parse(
      await get('/api/v1/alerts?muted=true&state=firing&severity=warning&q=/data'),
    )
    assert.deepEqual(
      muted.alerts.map(({ id }) => id),
      [DISK],
    )
    const { detail } = ErrorBody.parse(await get('/api/v1/alerts?state=burning'))
    assert.match(detail ?? '', /"burning" is none of pending, firing, resolved/)
    assert.equal((await t.ask('/api/v1/alerts?after=bm9uc2Vuc2U', { token: reader })).status, 400)
  })

  test('the list is a file for spreadsheets too, with the same filters and times in UTC', async () => {
    const { body, headers, status } = await t.ask('/api/v1/alerts.csv?severity=warning&sort=worst', {
      token: reader,
    })
    assert.equal(status, 200)
    assert.match(headers.get('content-type') ?? '', /^text\/csv; charset=utf-8/)
    assert.match(
      headers.get('content-disposition') ?? '',
      /^attachment; filename="alerts-\d{8}T\d{6}Z\.csv"$/,
    )
    const [header = '', ...lines] = String(body).trimEnd().split('\r\n')
    assert.match(header, /^id,state,severity,rule,.*,labels$/)
    const listed = AlertsBody.parse(await get('/api/v1/alerts?severity=warning&sort=worst'))
    assert.deepEqual(
      lines.map((line) => line.slice(0, 26)),
      listed.alerts.map(({ id }) => id),
    )
    const disk = lines.find((line) => line.startsWith(DISK)) ?? ''
    assert.ok(disk.includes(new Date(NIGHT).toISOString().slice(0, 11)), disk)
    assert.match(disk, /,maintenance,Sunday,/)
    assert.doesNotMatch(String((await t.ask('/api/v1/alerts.csv', { token: stranger })).body), /web-1/)
    assert.equal((await t.ask('/api/v1/alerts.csv?state=burning', { token: reader })).status, 400)
    assert.equal((await t.ask('/api/v1/alerts.csv')).status, 401)
  })

  test('a file longer than a page has every alert once, over HTTP and compressed', async () => {
    await t.addUser('una', 'big')
    const token = await t.logIn('una')
    const alerts = sql.table(`${await liveSchema(t.db, 'alerts')}.alerts`)
    await sql`insert into ${alerts} select (jsonb_populate_record(a,
        jsonb_build_object('tenant_id', 'big', 'id', lpad(n::text, 26, '0')))).*
      from ${alerts} a, generate_series(1, 2500) n where a.tenant_id = 'main' and a.id = ${CPU}`.execute(t.db)
    const response = await fetch(`${t.api.url}/api/v1/alerts.csv`, {
      headers: { authorization: `Bearer ${token}` },
    })
    assert.equal(response.headers.get('content-encoding'), 'gzip')
    const lines = (await response.text()).trimEnd().split('\r\n')
    assert.deepEqual([lines.length, new Set(lines).size], [2_501, 2_501])
    assert.match(lines[1] ?? '', /^0{22}2500,resolved,/)
  })

  test('an alert tells what led to it, who did what, and why nobody was told', async () => {
    const cpu = AlertBody.parse(await get(`/api/v1/alerts/${CPU}`))
    assert.deepEqual(
      cpu.history.map(({ kind }) => kind),
      ['pending', 'fired', 'acknowledged', 'noted', 'resolved'],
    )
    assert.equal(cpu.history[1]?.evidence?.sample?.sequence, 7)
    assert.equal(cpu.rule?.condition.kind === 'metric' && cpu.rule.condition.recovery, 80)
    assert.deepEqual(new Set(cpu.notifications.map(({ state }) => state)), new Set(['delivered', 'dead']))
    assert.deepEqual(
      cpu.incidents.map(({ id }) => id),
      [INCIDENT],
    )
    const disk = AlertBody.parse(await get(`/api/v1/alerts/${DISK}`))
    assert.deepEqual(
      disk.mutes.map(({ stage, by_name, until }) => [stage, by_name, until === null]),
      [
        ['silence', 'known', false],
        ['maintenance', 'Sunday', true],
      ],
    )
  })

  test('an operator acknowledges, writes notes and takes it back; their name stays with it', async () => {
    const acknowledged = await post(`/api/v1/alerts/${DISK}/acknowledge`, operator, { note: 'cleaning' })
    assert.equal(acknowledged.status, 200, JSON.stringify(acknowledged.body))
    const { alert } = AlertBody.parse(acknowledged.body)
    assert.deepEqual([alert.acknowledged?.by?.name, alert.acknowledged?.note], ['otto', 'cleaning'])
    assert.equal(AlertsBody.parse(await get('/api/v1/alerts')).counts.acknowledged, 1)
    const noted = AlertBody.parse(
      (await post(`/api/v1/alerts/${DISK}/note`, operator, { note: 'done\r\nfor now' })).body,
    )
    assert.deepEqual([noted.history.at(-1)?.note, noted.history.at(-1)?.by?.name], ['done\nfor now', 'otto'])
    const back = AlertBody.parse((await post(`/api/v1/alerts/${DISK}/unacknowledge`, operator)).body)
    assert.deepEqual([back.alert.acknowledged, back.history.at(-1)?.end], [null, 'taken_back'])
    const over = await post(`/api/v1/alerts/${CPU}/acknowledge`, operator, {})
    assert.deepEqual([over.status, ErrorBody.parse(over.body).error], [409, 'the alert is resolved'])
    const ofPlatform = await post(`/api/v1/alerts/${PLATFORM_ALERT}/acknowledge`, operator, {})
    assert.equal(AlertBody.parse(ofPlatform.body).alert.platform, true)
  })

  test('a reader sees and does nothing', async () => {
    for (const path of [`/api/v1/alerts/${DISK}/acknowledge`, `/api/v1/alerts/${DISK}/unacknowledge`])
      assert.equal((await post(path, reader, {})).status, 403)
    assert.equal((await post('/api/v1/rules', operator, { spec: SPEC })).status, 403)
  })

  test('rules: made, changed under the version that was seen, switched off, deleted', async () => {
    const made = await post('/api/v1/rules', admin, { spec: SPEC })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    const { rule } = RuleBody.parse(made.body)
    assert.deepEqual([rule.enabled, rule.version, rule.changed_by?.name], [true, 1, 'alice'])
    assert.deepEqual(rule.spec.no_data, { policy: 'ignore', after_ms: 0 })
    const path = `/api/v1/rules/${rule.id}`
    const put = (body: unknown) => t.ask(path, { token: admin, method: 'PUT', body })
    const changed = await put({ spec: { ...SPEC, duration_ms: 0 }, version: 1 })
    assert.equal(RuleBody.parse(changed.body).rule.spec.duration_ms, 0)
    const stale = await put({ spec: { ...SPEC, duration_ms: 5 }, version: 1 })
    assert.deepEqual([stale.status, /version 2, not 1/.test(ErrorBody.parse(stale.body).error)], [409, true])
    const off = RuleBody.parse((await post(`${path}/disable`, admin)).body)
    assert.deepEqual(
      [off.rule.enabled, off.history.map(({ change }) => change)],
      [false, ['disabled', 'changed', 'created']],
    )
    assert.equal(RuleBody.parse((await post(`${path}/enable`, admin)).body).rule.enabled, true)
    assert.ok(RulesBody.parse(await get('/api/v1/rules?q=full')).rules.some(({ id }) => id === rule.id))
    assert.equal((await t.ask(path, { token: stranger })).status, 404)
    assert.equal((await t.ask(path, { token: stranger, method: 'DELETE' })).status, 404)
    const gone = await t.ask(path, { token: admin, method: 'DELETE' })
    assert.deepEqual([gone.status, AcceptedBody.parse(gone.body).position.id], [200, rule.id])
    assert.equal((await t.ask(path, { token: admin })).status, 404)
  })

  test('a request with a key that comes again does nothing twice', async () => {
    const keyed = (path: string, body: unknown, key = 'k-1', token = admin) =>
      t.ask(path, { token, body, headers: { 'idempotency-key': key } })
    const spec = { ...SPEC, name: 'Once' }
    const [first, racing] = await Promise.all([
      keyed('/api/v1/rules', { spec }),
      keyed('/api/v1/rules', { spec }),
    ])
    const again = await keyed('/api/v1/rules', { spec })
    assert.deepEqual([first.status, racing.status, again.status], [201, 201, 201], JSON.stringify(again.body))
    assert.deepEqual([racing.body, again.body], [first.body, first.body])
    assert.equal(RulesBody.parse(await get('/api/v1/rules?q=Once')).total, 1)
    const other = await keyed('/api/v1/rules', { spec: { ...spec, name: 'Twice' } })
    assert.deepEqual([other.status, /used for another/.test(ErrorBody.parse(other.body).error)], [422, true])
    assert.equal(RuleBody.parse((await keyed('/api/v1/rules', { spec }, 'k-2')).body).rule.spec.name, 'Once')
    const theirs = await keyed('/api/v1/rules', { spec }, 'k-1', stranger)
    assert.notEqual(RuleBody.parse(theirs.body).rule.id, RuleBody.parse(first.body).rule.id)
    const note = `/api/v1/alerts/${DISK}/note`
    const notes = async () =>
      AlertBody.parse(await get(`/api/v1/alerts/${DISK}`)).history.filter(({ kind }) => kind === 'noted')
    const before = (await notes()).length
    for (let n = 0; n < 2; n++) assert.equal((await keyed(note, { note: 'once' })).status, 200)
    assert.equal((await keyed(note, { note: 'other' })).status, 422)
    assert.equal((await notes()).length, before + 1)
    const channel = { spec: { name: 'Hook', kind: 'webhook' }, secrets: { url: 'http://127.0.0.1:1/' } }
    const channels = [await keyed('/api/v1/channels', channel), await keyed('/api/v1/channels', channel)]
    assert.deepEqual(channels[1]?.body, channels[0]?.body)
    for (const key of ['', 'with space', 'é', 'x'.repeat(201)]) {
      const refused = await keyed('/api/v1/rules', { spec }, key)
      assert.deepEqual(
        [refused.status, /idempotency-key/.test(JSON.stringify(refused.body))],
        [400, true],
        key,
      )
    }
  })

  test('a rule that cannot work is refused with the reason', async () => {
    const { condition } = SPEC
    for (const [wrong, reason] of [
      [{ ...condition, metric: 'disk.nonsense' }, /disk\.nonsense/],
      [{ ...condition, recovery: 95 }, /cannot recover at 95/],
      [{ kind: 'platform', metric: 'lag_seconds', comparison: 'gt', threshold: 9 }, /platform/],
    ] as const) {
      const answer = await post('/api/v1/rules', admin, { spec: { ...SPEC, condition: wrong } })
      assert.equal(answer.status, 400)
      assert.match(ErrorBody.parse(answer.body).error, reason)
    }
  })

  test('rules of the whole platform: read by everybody, made by who runs it', async () => {
    const made = await post('/api/v1/rules?platform=true', admin, { spec: { ...SPEC, name: 'For all' } })
    const { rule } = RuleBody.parse(made.body)
    assert.equal(rule.platform, true)
    const path = `/api/v1/rules/${rule.id}?platform=true`
    assert.equal(RuleBody.parse(await get(path, stranger)).rule.spec.name, 'For all')
    assert.ok(RulesBody.parse(await get('/api/v1/rules', stranger)).rules.some(({ id }) => id === rule.id))
    assert.equal((await t.ask(path, { token: stranger, method: 'DELETE' })).status, 403)
    assert.equal((await post('/api/v1/rules?platform=true', stranger, { spec: SPEC })).status, 403)
    assert.equal((await t.ask(`/api/v1/rules/${rule.id}`, { token: admin })).status, 404)
  })

  test('incidents with their alerts, messages with their answers', async () => {
    const incident = IncidentBody.parse(await get(`/api/v1/incidents/${INCIDENT}`))
    assert.deepEqual(incident.alerts.map(({ alert }) => alert.id).toSorted(), [CPU, DISK].toSorted())
    const from = NIGHT + 20 * MINUTE
    assert.deepEqual(((await get(`/api/v1/incidents?from=${from}`)) as { total: number }).total, 0)
    const dead = NotificationsBody.parse(await get('/api/v1/notifications?state=dead'))
    assert.deepEqual([dead.counts.dead, dead.notifications.map(({ id }) => id)], [1, [DEAD]])
    for (const path of [
      `/api/v1/incidents/${INCIDENT}`,
      `/api/v1/notifications/${DEAD}`,
      `/api/v1/rules/${RULE}`,
    ])
      assert.equal((await t.ask(path, { token: stranger })).status, 404, path)
  })
})
