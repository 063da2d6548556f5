// A host that is gone is told apart from us being blind. An agent is killed: one message says that its host is offline,
// and its other alerts are muted, with the reason. Then the gateway is gone: hosts are unknown, and nobody is paged.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import { ApiClient, type Alert, type Alerts, type Fleet } from '../api-client.ts'
import { applyContent, RECEIVERS_HERE, tellAtOnce } from '../content.ts'
import { eventually } from '../eventually.ts'
import { Platform } from '../platform.ts'
import { StoryFleet } from '../story-agents.ts'
import { WebhookReceiver } from '../webhook-receiver.ts'

const STAYING = 3
const PATIENT = { timeoutMs: 60_000 }

const load = { kind: 'metric', metric: 'cpu.load_avg_1' }
// The rule `Host offline` comes with the product.
const RULES = [
  { name: 'Host measured', severity: 'info', condition: { ...load, comparison: 'gte', threshold: 0 } },
  {
    name: 'Host silent',
    severity: 'warning',
    condition: { ...load, comparison: 'gt', threshold: 1_000 },
    no_data: { policy: 'alert', after: '10s' },
  },
]

test(
  'a host that is gone is told once, and a gateway that is gone pages nobody',
  { timeout: 200_000 },
  async (t) => {
    let platform: Platform | undefined
    const directory = await temporaryDirectory({ after }, async () => platform?.stop())
    const receiver = await WebhookReceiver.open()
    after(() => receiver.close())
    platform = await Platform.start({ directory, volatile: true, environment: RECEIVERS_HERE })
    const policy = tellAtOnce('story', [{ label: 'rule', operator: '~', value: 'Host *' }])
    await Promise.all([
      platform.run('core', ['projector', 'archiver', 'api', 'alerter']),
      platform.run('ingest', ['ingest']),
      applyContent(platform, { channels: [receiver.channel('story')], policies: [policy], rules: RULES }),
    ])
    const staying = await StoryFleet.start(platform, STAYING, { name: 'staying', periodMs: 5_000 })
    after(() => staying.end('SIGKILL'))
    const doomed = await StoryFleet.start(platform, 1, { name: 'doomed', periodMs: 2_000 })
    after(() => doomed.end('SIGKILL'))
    const about = (what: string) => receiver.lines.filter((line) => line.includes(what))
    const client = await ApiClient.logIn(platform.apiUrl)
    await eventually('each host is told of', async () => receiver.told.length === STAYING + 1, PATIENT)

    await doomed.end('SIGKILL')
    const muted = await eventually(
      'its other alerts are muted',
      async () => {
        const { alerts } = await client.get<Alerts>('alerts?metric=cpu.load_avg_1&muted=true')
        return alerts.length === 2 && alerts
      },
      PATIENT,
    )
    const offline = 'incident.first Host offline@doomed-000'
    assert.deepEqual(receiver.lines.slice(STAYING + 1), [offline])
    const [host] = receiver.told.at(-1)?.alerts ?? []
    const why = { stage: 'dependency', by: host?.id, detail: 'its host is offline', agent: 'doomed-000' }
    assert.deepEqual(
      new Map(muted.map(({ rule, agent, muted: by }) => [rule.name, { ...pick(by), agent: agent?.name }])),
      new Map(RULES.map(({ name }) => [name, why])),
    )

    await platform.end('ingest')
    const counts = async () => (await client.get<Fleet>('fleet')).counts
    await eventually('hosts are unknown', async () => (await counts()).unknown === STAYING + 1, PATIENT)
    await platform.run('ingest', ['ingest'])
    await staying.arriving()
    // What is told of it is told after all that was decided before.
    await doomed.start()
    await eventually('the host is told to be back', async () => about('Host offline').length > 1, PATIENT)
    await eventually('all is well', async () => (await counts()).online === STAYING + 1, PATIENT)
    assert.deepEqual(about('Host offline'), [offline, 'incident.resolved Host offline@doomed-000'])
    assert.deepEqual(about('Host silent'), [])
    assert.deepEqual(about('@staying').length, STAYING, 'nothing is told of hosts but their first alerts')
    const isOver = async () => {
      const { alerts } = await client.get<Alerts>('alerts?metric=offline')
      return alerts.map(({ agent, state }) => `${agent?.name} ${state}`).join() === 'doomed-000 resolved'
    }
    await eventually('its alert is shown to be over, and no other', isOver, PATIENT)
    receiver.assertAllSigned()
    t.diagnostic(receiver.lines.join('; '))
  },
)

const pick = (mute: Alert['muted']) => ({ stage: mute?.stage, by: mute?.by, detail: mute?.detail })
