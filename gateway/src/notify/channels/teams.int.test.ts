import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { EXAMPLE, exampleWith } from '../text/example-message.ts'
import { channelRig, checkFailures } from '../testing/channel-rig.ts'

const PATH = '/workflows/abc/triggers/manual/paths/invoke?api-version=1&sig=a1b2c3d4e5'
const rig = await channelRig({ kind: 'teams', secrets: (base) => ({ url: `${base}${PATH}` }) })
after(() => rig.close())

test('a message with one Adaptive Card', async () => {
  rig.receiver.answering = (response) => response.writeHead(202).end()
  assert.deepEqual(await rig.send(), { outcome: 'delivered', answer: '202' })
  const [one] = rig.receiver.received
  assert.equal(`${one?.method} ${one?.path}`, `POST ${PATH}`)
  const title = 'CRITICAL · Disk almost full · web-1 (/var)'
  const line = (text: string) => ({
    type: 'RichTextBlock',
    spacing: 'small',
    inlines: [{ type: 'TextRun', text }],
  })
  assert.deepEqual(one?.body, {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          fallbackText: title,
          body: [
            {
              type: 'RichTextBlock',
              inlines: [
                { type: 'TextRun', text: title, size: 'large', weight: 'bolder', color: 'attention' },
              ],
            },
            line(
              'Critical · Disk almost full · web-1 (/var): 96.2 % (threshold 90 %), ' +
                'firing since 15 Jan 2026, 03:09:05 UTC (5 min)',
            ),
            line('Remove old files or enlarge the disk.'),
          ],
          actions: [
            { type: 'Action.OpenUrl', title: 'Open', url: EXAMPLE.links.incident },
            { type: 'Action.OpenUrl', title: 'Acknowledge', url: EXAMPLE.links.acknowledge },
          ],
          msteams: { width: 'Full' },
        },
      },
    ],
  })
})

test('however long the message is, it stays below 28 KB', async () => {
  for (const long of ['€\n"', '"', '\\', '\n\u0001a']) {
    await rig.send(exampleWith({ ruleName: long.repeat(700), description: long.repeat(10_000) }))
    const sent = rig.last().text
    assert.ok(
      Buffer.byteLength(sent) < 28_000 && sent.includes('more characters'),
      `${Buffer.byteLength(sent)}`,
    )
  }
})

test('failures are told for what they are', () => checkFailures(rig, 'a1b2c3d4e5'))
