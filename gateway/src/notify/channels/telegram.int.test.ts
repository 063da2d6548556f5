import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { EXAMPLE, exampleWith } from '../text/example-message.ts'
import { channelRig, checkFailures } from '../testing/channel-rig.ts'

const TOKEN = '123456789:AAbbccddeeffgghhiijjkkllmmnnoopp'
const rig = await channelRig({
  kind: 'telegram',
  settings: (base) => ({ chat_id: '-1001234567890', thread_id: '7', api_url: `${base}/` }),
  secrets: () => ({ bot_token: TOKEN }),
  language: 'fr',
})
after(() => rig.close())

const answering = (status: number, body: object): void => {
  rig.receiver.answering = (response) => response.writeHead(status).end(JSON.stringify(body))
}

test('sendMessage, in HTML, into the topic of the group', async () => {
  answering(200, { ok: true, result: { message_id: 42 } })
  assert.deepEqual(await rig.send(), { outcome: 'delivered', answer: '200 message 42' })
  const [one] = rig.receiver.received
  assert.equal(`${one?.method} ${one?.path}`, `POST /bot${TOKEN}/sendMessage`)
  const { incident, acknowledge = '' } = EXAMPLE.links
  assert.deepEqual(one?.body, {
    chat_id: '-1001234567890',
    message_thread_id: 7,
    text: [
      '<b>CRITIQUE · Disk almost full · web-1 (/var)</b>',
      'Critique · Disk almost full · web-1 (/var)\u00a0: 96,2 % (seuil 90 %), ' +
        'en cours depuis le 15 janv. 2026, 03:09:05 UTC (5 min)\nRemove old files or enlarge the disk.',
      `<a href="${incident}">Ouvrir</a> · <a href="${acknowledge}">Prendre en charge</a>`,
    ].join('\n\n'),
    parse_mode: 'HTML',
    link_preview_options: { is_disabled: true },
  })
})

test('what looks like markup is text, and the whole stays below 4096 characters', async () => {
  await rig.send(
    exampleWith({ agentName: '<b>&', ruleName: 'é'.repeat(500), description: '<x>'.repeat(3_000) }),
  )
  const { text } = rig.last().body as { text: string }
  const shown = text.replaceAll(/<\/?[ab][^>]*>/g, '').replaceAll(/&(lt|gt|amp|quot);/g, '?')
  assert.ok(!text.includes('<x>') && shown.length <= 4_096, String(shown.length))
})

test('it says itself when to come again', async () => {
  const parameters = { retry_after: 31 }
  answering(429, { ok: false, error_code: 429, description: 'Too Many Requests: retry after 31', parameters })
  assert.deepEqual(await rig.send(), {
    outcome: 'retry',
    reason: '429 Too Many Requests: retry after 31',
    retryAfterMs: 31_000,
  })
})

test('a group that became a supergroup is refused with its new number', async () => {
  const description = 'Bad Request: group chat was upgraded to a supergroup chat'
  answering(400, { ok: false, error_code: 400, description, parameters: { migrate_to_chat_id: -1009 } })
  assert.deepEqual(await rig.send(), {
    outcome: 'refused',
    reason: `400 ${description}; its chat is -1009 now`,
  })
})

test('failures are told for what they are', () => checkFailures(rig, TOKEN))
