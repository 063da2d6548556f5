import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { EXAMPLE, exampleWith } from '../text/example-message.ts'
import { channelRig, checkFailures } from '../testing/channel-rig.ts'

const TOKEN = 'tk_abcdefghijklmnopqrstuvwxyz'
const rig = await channelRig({
  kind: 'ntfy',
  settings: (base) => ({ server: base }),
  secrets: () => ({ topic: 'oncall-7f3a', token: TOKEN }),
})
after(() => rig.close())

test('published as JSON, with priority, places to go and an id that a repetition has too', async () => {
  assert.equal((await rig.send()).outcome, 'delivered')
  const [one] = rig.receiver.received
  assert.equal(`${one?.method} ${one?.path}`, 'POST /')
  assert.equal(one?.headers['authorization'], `Bearer ${TOKEN}`)
  const { incident, acknowledge } = EXAMPLE.links
  assert.deepEqual(one?.body, {
    topic: 'oncall-7f3a',
    title: 'CRITICAL · Disk almost full · web-1 (/var)',
    message:
      'Critical · Disk almost full · web-1 (/var): 96.2 % (threshold 90 %), ' +
      'firing since 15 Jan 2026, 03:09:05 UTC (5 min)\nRemove old files or enlarge the disk.',
    priority: 5,
    tags: ['rotating_light'],
    click: incident,
    actions: [
      { action: 'view', label: 'Open', url: incident },
      { action: 'view', label: 'Acknowledge', url: acknowledge },
    ],
    sequence_id: EXAMPLE.notification,
  })
})

test('the limits count bytes, of the whole body too', async () => {
  for (const long of ['€', '"', '\\', '\u0001', '\n"'])
    for (const alerts of [1, 20]) {
      const message = exampleWith({ ruleName: long.repeat(200), description: long.repeat(3_000) })
      const all = {
        ...message,
        alerts: message.alerts.flatMap((one) => Array.from({ length: alerts }, () => one)),
      }
      await rig.send(all)
      const sent = rig.last()
      const { title, message: text } = sent.body as { title: string; message: string }
      assert.ok(Buffer.byteLength(title) <= 512 && Buffer.byteLength(text) <= 4_096, JSON.stringify(long))
      assert.ok(
        Buffer.byteLength(sent.text) <= 8_192,
        `${Buffer.byteLength(sent.text)} ${JSON.stringify(long)}`,
      )
    }
})

test('what is over has nothing to acknowledge', async () => {
  await rig.send({
    ...exampleWith({ state: 'resolved', resolvedAtMs: EXAMPLE.atMs, resolution: 'recovered' }),
    kind: 'resolved',
  })
  const { actions, tags } = rig.last().body as { actions: object[]; tags: string[] }
  assert.deepEqual([actions.length, tags], [1, ['white_check_mark']])
})

test('failures are told for what they are', () => checkFailures(rig, TOKEN))
