import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { EXAMPLE, exampleWith } from '../text/example-message.ts'
import { channelRig, checkFailures } from '../testing/channel-rig.ts'

const rig = await channelRig({
  kind: 'discord',
  secrets: (base) => ({ url: `${base}/api/webhooks/1234/discord-token?thread_id=9` }),
})
after(() => rig.close())

type Sent = { readonly embeds: { readonly title: string; readonly description: string }[] }

test('one embed, waited for, that calls nobody', async () => {
  rig.receiver.answering = (response) => response.end(JSON.stringify({ id: '987', type: 0 }))
  assert.deepEqual(await rig.send(), { outcome: 'delivered', answer: '200 message 987' })
  const [one] = rig.receiver.received
  assert.equal(`${one?.method} ${one?.path}`, 'POST /api/webhooks/1234/discord-token?thread_id=9&wait=true')
  const { incident, acknowledge = '' } = EXAMPLE.links
  assert.deepEqual(one?.body, {
    embeds: [
      {
        title: 'CRITICAL · Disk almost full · web-1 (/var)',
        description:
          'Critical · Disk almost full · web-1 (/var): 96.2 % (threshold 90 %), ' +
          'firing since 15 Jan 2026, 03:09:05 UTC (5 min)\nRemove old files or enlarge the disk.\n\n' +
          `[Open](${incident}) · [Acknowledge](${acknowledge})`,
        url: incident,
        color: 0xd32f2f,
        timestamp: '2026-01-15T03:14:05.000Z',
      },
    ],
    allowed_mentions: { parse: [] },
  })
})

test('Markdown in names is shown, addresses stay whole, lengths are kept', async () => {
  const runbookUrl = 'https://wiki.example/a_b_c'
  await rig.send(exampleWith({ agentName: '*web_1* [x](y) `z`', runbookUrl, description: '~'.repeat(9_000) }))
  const [embed] = (rig.last().body as Sent).embeds
  assert.ok(embed)
  assert.ok(embed.title.includes('\\*web\\_1\\* \\[x\\](y) \\`z\\`'), embed.title)
  assert.ok(embed.title.length <= 256 && embed.description.length <= 4_096)
  assert.ok(embed.title.length + embed.description.length <= 6_000)
  await rig.send(exampleWith({ runbookUrl }))
  assert.ok(rig.last().text.includes(runbookUrl))
})

test('it says itself when to come again, in parts of a second', async () => {
  const body = { message: 'You are being rate limited.', retry_after: 0.65, global: false }
  rig.receiver.answering = (response) =>
    response.writeHead(429, { 'retry-after': '1' }).end(JSON.stringify(body))
  assert.deepEqual(await rig.send(), {
    outcome: 'retry',
    reason: '429 You are being rate limited.',
    retryAfterMs: 650,
  })
})

test('failures are told for what they are', () => checkFailures(rig, 'discord-token'))
