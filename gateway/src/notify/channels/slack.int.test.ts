import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { EXAMPLE, exampleWith } from '../text/example-message.ts'
import { channelRig, checkFailures } from '../testing/channel-rig.ts'

const rig = await channelRig({
  kind: 'slack',
  secrets: (base) => ({ url: `${base}/services/T000/B000/abcdefghijkl` }),
})
after(() => rig.close())

const { incident, acknowledge = '' } = EXAMPLE.links

test('blocks, a colour, and links to the incident', async () => {
  assert.deepEqual(await rig.send(), { outcome: 'delivered', answer: '200 ok' })
  const [one] = rig.receiver.received
  assert.equal(`${one?.method} ${one?.path}`, 'POST /services/T000/B000/abcdefghijkl')
  assert.equal(one?.headers['content-type'], 'application/json')
  const title = 'CRITICAL · Disk almost full · web-1 (/var)'
  const text =
    'Critical · Disk almost full · web-1 (/var): 96.2 % (threshold 90 %), ' +
    'firing since 15 Jan 2026, 03:09:05 UTC (5 min)\nRemove old files or enlarge the disk.'
  const links = `<${incident}|Open>  ·  <${acknowledge}|Acknowledge>`
  assert.deepEqual(one?.body, {
    text: title,
    blocks: [{ type: 'header', text: { type: 'plain_text', text: title, emoji: false } }],
    attachments: [
      {
        color: '#d32f2f',
        blocks: [text, links].map((part) => ({ type: 'section', text: { type: 'mrkdwn', text: part } })),
      },
    ],
  })
})

test('a host that is called like a mention or a link is a host', async () => {
  await rig.send(exampleWith({ agentName: '<!channel> & <http://x|y>', description: 'a&b' }))
  const sent = rig.last().text
  assert.ok(sent.includes('&lt;!channel&gt; &amp; &lt;http://x|y&gt;') && sent.includes('a&amp;b'))
})

test('what is longer than Slack takes is cut, and says so', async () => {
  await rig.send(exampleWith({ ruleName: 'r'.repeat(400), description: 'long & '.repeat(1_000) }))
  const body = rig.last().body as Sent
  assert.equal(body.blocks[0]?.text.text.length, 150)
  const shown = body.attachments[0]?.blocks[0]?.text.text ?? ''
  assert.ok(shown.length <= 3_000 && /\n… \(\d+ more characters\)$/.test(shown), shown.slice(-60))
})

type Block = { readonly text: { readonly text: string } }
type Sent = { readonly blocks: Block[]; readonly attachments: { readonly blocks: Block[] }[] }

test('failures are told for what they are', () => checkFailures(rig, 'abcdefghijkl'))
