import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { create } from '@bufbuild/protobuf'
import { ChannelCreatedSchema } from '@secumon/contracts/gen/escalation'
import { AGENT, CHANNEL, id, say } from '@secumon/projections/alerts/testing/speech'
import { ChannelBody } from './schemas/channel.ts'
import { ErrorBody } from './schemas/errors.ts'
import { PolicyBody } from './schemas/escalation.ts'
import { ScheduleBody } from './schemas/schedule.ts'
import { recordNight } from './testing/alerting-night.ts'
import { apiUnderTest, type ApiUnderTest } from './testing/api-under-test.ts'

const RULE = {
  name: 'Disk is full',
  severity: 'critical',
  condition: { kind: 'metric', metric: 'disk.usage_percent', comparison: 'gt', threshold: 90 },
}

describe('what names something else', () => {
  let t: ApiUnderTest
  let admin: string
  let stranger: string
  const cleanUps: (() => Promise<void>)[] = []
  before(async () => {
    t = await apiUnderTest({ after: (cleanUp) => cleanUps.unshift(cleanUp) })
    await t.addUser('alice')
    await t.addUser('mallory', 'evil', 'admin')
    ;[admin, stranger] = [await t.logIn('alice'), await t.logIn('mallory')]
    await recordNight(t, admin)
  })
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp()
  })

  const post = (path: string, token: string, body: unknown) => t.ask(path, { token, method: 'POST', body })

  test('has to name what is there, which is not deleted unasked', async () => {
    const gone = '01ARZ3NDEKTSV4RRFFQ69G5FAV'
    const steps = (kind: 'channel' | 'schedule', target: string) => ({
      name: 'Nights',
      order: 7,
      steps: [{ delay_ms: 0, targets: [{ kind, [kind]: target }] }],
    })
    const layer = (channel: string) => ({
      name: 'Nights',
      time_zone: 'UTC',
      layers: [
        {
          name: 'all',
          members: [{ name: 'one', channels: [channel] }],
          starts_at: '2026-01-05T09:00:00',
          days_each: 7,
        },
      ],
    })
    const policies = '/api/v1/escalation-policies'
    for (const [path, spec, reason] of [
      [policies, steps('channel', gone), `spec.steps.0.targets.0: there is no channel ${gone}`],
      [policies, steps('schedule', gone), `spec.steps.0.targets.0: there is no on-call schedule ${gone}`],
      ['/api/v1/schedules', layer(gone), `spec.layers.0.members.0.channels.0: there is no channel ${gone}`],
      [
        '/api/v1/rules',
        { ...RULE, escalation_policy: gone, scope: { kind: 'agent', agent: gone } },
        `spec.escalation_policy: there is no escalation policy ${gone}`,
      ],
      [
        '/api/v1/rules',
        { ...RULE, scope: { kind: 'agent', agent: gone } },
        `spec.scope.agent: there is no agent ${gone}`,
      ],
    ] as const) {
      const { status, body } = await post(path, admin, { spec })
      assert.deepEqual([status, ErrorBody.parse(body).error], [400, reason])
    }
    // Of another tenant it is not there either.
    assert.equal((await post(policies, stranger, { spec: steps('channel', CHANNEL) })).status, 400)

    const hook = { spec: { name: 'Pager', kind: 'webhook' }, secrets: { url: 'http://127.0.0.1:1/' } }
    const { channel } = ChannelBody.parse((await post('/api/v1/channels', admin, hook)).body)
    const { schedule } = ScheduleBody.parse(
      (await post('/api/v1/schedules', admin, { spec: layer(channel.id) })).body,
    )
    const made = await post(policies, admin, { spec: steps('schedule', schedule.id) })
    const { policy } = PolicyBody.parse(made.body)
    const named = {
      ...RULE,
      name: 'At night',
      escalation_policy: policy.id,
      scope: { kind: 'agent', agent: AGENT },
    }
    assert.equal((await post('/api/v1/rules', admin, { spec: named })).status, 201)
    const remove = (path: string, query = '') => t.ask(`${path}${query}`, { token: admin, method: 'DELETE' })
    for (const [path, uses] of [
      [`/api/v1/channels/${channel.id}`, 'schedule “Nights”'],
      [`/api/v1/schedules/${schedule.id}`, 'policy “Nights”'],
      [`${policies}/${policy.id}`, 'rule “At night”'],
    ] as const) {
      const refused = await remove(path)
      assert.deepEqual([refused.status, ErrorBody.parse(refused.body).detail], [409, uses])
      assert.equal((await remove(path, '?force=true')).status, 200)
    }
  })

  test('may name what was made a moment ago, whether or not it shows', async () => {
    const made = (id: string) =>
      say({
        aggregate: 'channel',
        id,
        version: 1,
        events: [
          {
            case: 'channelCreated',
            value: create(ChannelCreatedSchema, { spec: { name: 'New', kind: 'webhook' } }),
          },
        ],
      })
    const { subject, payload } = made(id(950))
    await t.log.append(subject, payload)
    const spec = { name: 'Soon', steps: [{ delay_ms: 0, targets: [{ kind: 'channel', channel: id(950) }] }] }
    const { status, body } = await post('/api/v1/escalation-policies', admin, { spec })
    assert.deepEqual([status, PolicyBody.parse(body).policy.spec.name], [201, 'Soon'])
  })
})
