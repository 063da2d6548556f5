import assert from 'node:assert/strict'
import { createServer, type AddressInfo } from 'node:net'
import { after, beforeEach, test } from 'node:test'
import { openSender } from '../open-sender.ts'
import type { Outcome, Values } from '../notifier.ts'
import { NOW_MS } from '../testing/channel-rig.ts'
import { ACCOUNT, startMailServer } from '../testing/mail-server.ts'
import { selfSigned } from '../testing/receiver.ts'
import { EXAMPLE, exampleWith } from '../text/example-message.ts'

const tls = selfSigned('mail.test')
const byStartTls = await startMailServer(tls)
const withTls = await startMailServer({ ...tls, secure: true })
const open = await startMailServer({ ...tls, authOptional: true, disabledCommands: ['AUTH', 'STARTTLS'] })

const options = {
  allowPrivate: ['127.0.0.1'],
  resolve: async () => [{ address: '127.0.0.1', family: 4 }],
  clock: { nowMs: () => NOW_MS, monotonicMs: () => NOW_MS },
}
const sender = openSender({ ...options, trusted: [tls.cert] })
const distrusting = openSender(options)
after(async () => {
  sender.close()
  distrusting.close()
  for (const server of [byStartTls, withTls, open]) await server.close()
})
beforeEach(() => {
  byStartTls.refusing.clear()
  byStartTls.replyToMail = 0
})

const settingsOf = (port: number, more: Values = {}): Values => ({
  host: 'mail.test',
  port: String(port),
  from: 'alerts@secumon.test',
  to: 'night@team.test, day@team.test',
  user: ACCOUNT.user,
  ...more,
})

const attempt = (settings: Values, accepted: readonly string[]): Promise<Outcome> =>
  sender.send({
    message: EXAMPLE,
    channel: channelOf(settings),
    secrets: { password: ACCOUNT.password },
    accepted,
    signal: new AbortController().signal,
  })

const channelOf = (settings: Values) => ({
  kind: 'email',
  settings,
  language: 'en',
  timeZone: '',
  titleTemplate: '',
  textTemplate: '',
})

function send(
  settings: Values,
  message = EXAMPLE,
  way = sender,
  password = ACCOUNT.password,
): Promise<Outcome> {
  const channel = channelOf(settings)
  const secrets = 'user' in settings ? { password } : {}
  return way.send({ message, channel, secrets, signal: new AbortController().signal })
}

test('a mail in text and HTML goes by STARTTLS, with an account', async () => {
  const outcome = await send(
    settingsOf(byStartTls.port),
    exampleWith({ agentName: 'web <1>', simulated: true }),
  )
  assert.deepEqual(outcome, { outcome: 'delivered', answer: '250 taken as 4711' })
  const mail = byStartTls.taken.at(-1)
  assert.ok(mail)
  assert.deepEqual(
    [mail.from, mail.to, mail.user, mail.encrypted],
    ['alerts@secumon.test', ['night@team.test', 'day@team.test'], 'alerts', true],
  )
  for (const header of [
    'From: SecuMon <alerts@secumon.test>',
    'To: night@team.test, day@team.test',
    `Message-ID: <${EXAMPLE.notification}@secumon.test>`,
    `References: <${EXAMPLE.incident}@secumon.test>`,
    'Auto-Submitted: auto-generated',
    'X-Priority: 1 (Highest)',
    `X-Secumon-Incident: ${EXAMPLE.incident}`,
    'Date: Thu, 15 Jan 2026 03:14:05 +0000',
  ])
    assert.ok(mail.source.includes(`\r\n${header}\r\n`) || mail.source.startsWith(`${header}\r\n`), header)
  assert.match(mail.source, /Content-Type: text\/plain; charset=utf-8/)
  const html = unfolded(mail.source.slice(mail.source.indexOf('text/html')))
  assert.ok(html.includes('web &lt;1&gt;') && !html.includes('web <1>'))
  assert.ok(html.includes('border-left:6px solid #d32f2f') && html.includes(EXAMPLE.links.incident))
})

// Quoted-printable, as far as this mail needs it.
const unfolded = (text: string): string => text.replaceAll('=\r\n', '').replaceAll('=3D', '=')

test('the same mail goes with TLS from the start', async () => {
  const outcome = await send(settingsOf(withTls.port, { security: 'tls' }))
  assert.equal(outcome.outcome, 'delivered')
  assert.equal(withTls.taken.at(-1)?.encrypted, true)
})

test('without encryption it goes only without a password', async () => {
  const { user: _, ...anonymous } = settingsOf(open.port, { security: 'none' })
  assert.equal((await send(anonymous)).outcome, 'delivered')
  assert.deepEqual(await send({ ...anonymous, user: 'alerts' }), {
    outcome: 'refused',
    reason: 'no password is sent over a connection that is not encrypted',
  })
})

test('a server without STARTTLS, or with a certificate of nobody, is told no password', async () => {
  const downgraded = await send(settingsOf(open.port))
  assert.equal(downgraded.outcome, 'retry')
  const distrusted = await send(settingsOf(byStartTls.port), EXAMPLE, distrusting)
  assert.equal(distrusted.outcome, 'retry')
  assert.match(JSON.stringify(distrusted), /self-signed certificate/)
})

test('a wrong password is refused, and is not in the reason', async () => {
  const outcome = await send(settingsOf(byStartTls.port), EXAMPLE, sender, 'wrong-password')
  assert.equal(outcome.outcome, 'refused')
  assert.match(JSON.stringify(outcome), /535/)
  assert.ok(!JSON.stringify(outcome).includes('wrong-password'))
})

test('who does not take it is named when others do; when nobody does, their reply decides', async () => {
  byStartTls.refusing.set('day@team.test', 550)
  const partly = await send(settingsOf(byStartTls.port))
  assert.ok(partly.outcome === 'delivered' && /not to day@team.test: 550/.test(partly.answer))
  byStartTls.refusing.set('night@team.test', 550)
  assert.equal((await send(settingsOf(byStartTls.port))).outcome, 'refused')
  byStartTls.refusing.set('night@team.test', 451)
  assert.equal((await send(settingsOf(byStartTls.port))).outcome, 'retry')
})

test('who defers it gets it later, and who took it does not get it again', async () => {
  const to = 'night@team.test, Day@Team.TEST, gone@team.test'
  const settings = settingsOf(byStartTls.port, { to })
  byStartTls.refusing.set('Day@team.test', 451).set('gone@team.test', 550)
  const first = await attempt(settings, [])
  assert.ok(first.outcome === 'retry')
  assert.deepEqual(first.accepted, ['night@team.test'])
  assert.match(first.reason, /not to Day@team\.test: 451 .*not to gone@team\.test: 550/)
  const before = byStartTls.taken.at(-1)
  assert.equal((await attempt(settings, first.accepted)).outcome, 'retry')
  byStartTls.refusing.delete('Day@team.test')
  const last = await attempt(settings, first.accepted)
  assert.ok(last.outcome === 'delivered' && /not to gone@team\.test: 550/.test(last.answer))
  const mail = byStartTls.taken.at(-1)
  assert.deepEqual([before?.to, mail?.to], [['night@team.test'], ['Day@team.test']])
  assert.equal(mail?.source, before?.source, 'it is the same mail')
})

test('what some took is delivered when the others never will, or are not among its recipients any more', async () => {
  byStartTls.refusing.set('day@team.test', 550)
  const refused = await attempt(settingsOf(byStartTls.port), ['night@team.test'])
  assert.ok(refused.outcome === 'delivered' && /not to day@team\.test: 550/.test(refused.answer))
  const gone = await attempt(settingsOf(byStartTls.port, { to: 'night@team.test' }), ['night@team.test'])
  assert.equal(gone.outcome, 'delivered')
})

test('a mail that is not taken now is tried again, one that is not taken at all is not', async () => {
  byStartTls.replyToMail = 451
  assert.equal((await send(settingsOf(byStartTls.port))).outcome, 'retry')
  byStartTls.replyToMail = 554
  assert.equal((await send(settingsOf(byStartTls.port))).outcome, 'refused')
})

test('a server that never says hello costs no longer than an attempt may take', async () => {
  const mute = createServer(() => undefined)
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
  const hasty = openSender({ ...options, timeoutMs: 200 })
  const outcome = await send(settingsOf((mute.address() as AddressInfo).port), EXAMPLE, hasty)
  assert.deepEqual(outcome, { outcome: 'retry', reason: 'no answer in time' })
  hasty.close()
  mute.close()
})

test('a mail server in our own network is no target', async () => {
  const guarded = openSender({ ...options, allowPrivate: [] })
  for (const host of ['mail.test', '127.0.0.1', '::1']) {
    const outcome = await send(settingsOf(byStartTls.port, { host }), EXAMPLE, guarded)
    assert.equal(outcome.outcome, 'refused', host)
  }
  guarded.close()
})
