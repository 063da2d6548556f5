// The alerter is killed -9 twenty times around the moment at which it sends a message. Each message arrives; where one comes
// twice, it comes under the same idempotency key, and no more often than somebody was killed. Then one of two is killed for
// good, and the other goes on.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from '@secumon/edge/simulator/random'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import { Alerters } from '../alerters.ts'
import { ApiClient, type Alert, type Alerts, type Notification, type Notifications } from '../api-client.ts'
import { applyContent, RECEIVERS_HERE, tellAtOnce } from '../content.ts'
import { eventually } from '../eventually.ts'
import { Platform } from '../platform.ts'
import { StoryFleet } from '../story-agents.ts'
import { WebhookReceiver } from '../webhook-receiver.ts'

/** Two each time. */
const KILLS = 20
/** One is told of each time, and one after the last. */
const HOSTS = KILLS / 2 + 1
const PATIENT = { timeoutMs: 60_000 }
const ANSWER_MS = 300
const seed = Number(process.env['SEED'] ?? Date.now() % 100_000)

const METRIC = 'cpu.load_avg_1'
const RULE = {
  name: 'Measured',
  severity: 'info',
  condition: { kind: 'metric', metric: METRIC, comparison: 'gte', threshold: 0 },
}

test('kill -9 of the alerter around delivery, twenty times', { timeout: 220_000 }, async (t) => {
  t.diagnostic(`seed ${seed}`)
  const random = createRandom(seed)
  let platform: Platform | undefined
  const directory = await temporaryDirectory({ after }, async () => platform?.stop())
  const receiver = await WebhookReceiver.open()
  after(() => receiver.close())
  platform = await Platform.start({ directory, volatile: true, environment: RECEIVERS_HERE })
  const alerters = new Alerters(platform)
  const policy = tellAtOnce('story', [{ label: 'rule', operator: '=', value: RULE.name }])
  await Promise.all([
    platform.run('core', ['projector', 'archiver', 'api', 'ingest']),
    alerters.start(2),
    applyContent(platform, { channels: [receiver.channel('story')], policies: [policy], rules: [RULE] }),
  ])
  const fleet = await StoryFleet.start(platform, HOSTS, { periodMs: 10_000 })
  after(() => fleet.end('SIGKILL'))
  const client = await ApiClient.logIn(platform.apiUrl)
  await eventually('each host is told of', async () => receiver.told.length === HOSTS, PATIENT)
  const alerts = await eventually('its alert is shown', async () => {
    const found = await client.get<Alerts>(`alerts?metric=${METRIC}&state=firing`)
    return found.total === HOSTS && found.alerts
  })
  const acknowledge = (i: number) => client.post(`alerts/${alerts[i]?.id}/acknowledge`)

  const isTold = async (i: number) => receiver.lines.includes(lineOf(alerts[i]))
  const isDelivered = async (i: number) => {
    const { notifications } = await client.get<Notifications>(`notifications?alert=${alerts[i]?.id}`)
    return notifications.length === 2 && notifications.every(({ state }) => state === 'delivered')
  }

  receiver.answerAfterMs = ANSWER_MS
  // In turn: when it is in the log that it was told, as soon as there is something to tell, while the receiver thinks.
  const moments = [isDelivered, async () => true, isTold]
  let kills = 0
  let told = 0
  for (; kills < KILLS; told++) {
    await alerters.telling()
    const acknowledged = acknowledge(told)
    const moment = moments[told % moments.length]
    await eventually(`moment ${told}`, async () => moment?.(told), { ...PATIENT, everyMs: 10 })
    await sleep(random.next() * ANSWER_MS)
    kills += await alerters.killAll()
    await Promise.all([alerters.start(2), acknowledged])
  }
  receiver.answerAfterMs = 0

  await alerters.kill(await alerters.telling())
  const killedMs = performance.now()
  await acknowledge(told)
  await eventually('the other goes on', () => isTold(told), PATIENT)
  t.diagnostic(`the other tells people ${Math.round(performance.now() - killedMs)} ms after the kill`)

  // What was being sent at a kill is reserved for its sender for half a minute.
  const messages = await eventually('each message is delivered', () => delivered(client, HOSTS + told + 1), {
    timeoutMs: 90_000,
  })
  assertEachTold(receiver, messages)
  const duplicates = receiver.told.length - messages.length
  assert.ok(duplicates > 0 && duplicates <= kills, `${duplicates} duplicates`)
  receiver.assertAllSigned()
  t.diagnostic(`${messages.length} messages, ${duplicates} of them twice, after ${kills} kills`)
})

const lineOf = (alert: Alert | undefined): string =>
  `incident.acknowledged ${RULE.name}@${alert?.agent?.name}`

/** Every message there is, once so many are delivered. */
async function delivered(client: ApiClient, count: number): Promise<readonly Notification[] | undefined> {
  const { notifications } = await client.get<Notifications>('notifications?limit=500')
  const done = notifications.filter(({ state }) => state === 'delivered')
  return done.length === count ? notifications : undefined
}

/** As often as it was tried at most, always under its own key and in the same words. */
function assertEachTold({ told, lines }: WebhookReceiver, messages: readonly Notification[]): void {
  assert.equal(new Set(lines).size, messages.length, 'nothing is told under two keys')
  for (const { id, attempts } of messages) {
    const receptions = told.filter((each) => each.id === id)
    assert.ok(
      receptions.length >= 1 && receptions.length <= attempts.length,
      `${id} came ${receptions.length} times`,
    )
    assert.equal(new Set(receptions.map(({ text }) => text)).size, 1, `${id} came in other words`)
  }
  assert.deepEqual(new Set(told.map(({ id }) => id)), new Set(messages.map(({ id }) => id)))
}
