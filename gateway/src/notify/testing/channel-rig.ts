// What a test of a channel needs: a receiver under any name, a sender that may reach it, and failures one after the other.

import assert from 'node:assert/strict'
import { openSender, type Sender, type SendingChannel } from '../open-sender.ts'
import type { Message } from '../message.ts'
import type { Outcome, Values } from '../notifier.ts'
import { EXAMPLE } from '../text/example-message.ts'
import { selfSigned, startReceiver, type Received, type Receiver } from './receiver.ts'

export const NOW_MS = Date.UTC(2026, 0, 15, 3, 14, 6)
const HOST = 'service.test'

export type ChannelRig = {
  readonly receiver: Receiver
  /** `https://service.test:<port>`. */
  readonly base: string
  readonly send: (message?: Message) => Promise<Outcome>
  /** What was received last. */
  readonly last: () => Received
  close(): Promise<void>
}

export type Under = {
  readonly kind: string
  /** @param base where the receiver is */
  readonly settings?: (base: string) => Values
  readonly secrets?: (base: string) => Values
  readonly language?: string
}

/** The channel, sending over TLS to a receiver that only the sender's resolver knows. */
export async function channelRig({ kind, settings, secrets, language = 'en' }: Under): Promise<ChannelRig> {
  const tls = selfSigned(HOST)
  const receiver = await startReceiver(tls)
  const base = `https://${HOST}:${receiver.port}`
  const sender = openTestSender(tls.cert)
  const channel: SendingChannel = {
    kind,
    settings: { ...settings?.(base) },
    language,
    timeZone: '',
    titleTemplate: '',
    textTemplate: '',
  }
  const { signal } = new AbortController()
  return {
    receiver,
    base,
    send: (message = EXAMPLE) => sender.send({ message, channel, secrets: { ...secrets?.(base) }, signal }),
    last: () => {
      const last = receiver.received.at(-1)
      assert.ok(last, 'nothing was received')
      return last
    },
    close: async () => {
      sender.close()
      await receiver.close()
    },
  }
}

const openTestSender = (trusted: string): Sender =>
  openSender({
    allowPrivate: ['127.0.0.1'],
    trusted: [trusted],
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    timeoutMs: 10_000,
    clock: { nowMs: () => NOW_MS, monotonicMs: () => NOW_MS },
  })

/** What every channel does when a service is busy, broken or does not want the message. */
export async function checkFailures({ receiver, send }: ChannelRig, secret: string): Promise<void> {
  const answered = async (status: number, body: string, headers: Record<string, string> = {}) => {
    receiver.answering = (response) => response.writeHead(status, headers).end(body)
    return send()
  }
  assert.deepEqual(await answered(429, 'slow down', { 'retry-after': '7' }), {
    outcome: 'retry',
    reason: '429 slow down',
    retryAfterMs: 7_000,
  })
  const date = { 'retry-after': new Date(NOW_MS + 60_000).toUTCString() }
  const later = await answered(503, '<html>maintenance</html>', date)
  assert.deepEqual(later, { outcome: 'retry', reason: '503', retryAfterMs: 60_000 })
  assert.deepEqual(await answered(500, ''), { outcome: 'retry', reason: '500' })
  const refused = await answered(400, `no such thing: ${secret}`)
  assert.deepEqual(refused, { outcome: 'refused', reason: '400 no such thing: •••' })
  const elsewhere = await answered(302, '', { location: 'http://127.0.0.1/' })
  assert.equal(elsewhere.outcome, 'refused', 'a redirect is not followed')
  receiver.answering = (response) => response.destroy()
  const cutOff = await send()
  assert.equal(cutOff.outcome, 'retry')
  assert.ok(!JSON.stringify(cutOff).includes(secret))
}
