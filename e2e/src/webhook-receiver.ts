// A webhook as a customer's own program: it believes only what is signed (Standard Webhooks), and keeps what it was sent,
// each reception by itself, in order.

import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { startReceiver, type Received, type Receiver } from '@secumon/gateway/notify/testing/receiver'

/** What a story reads of a message. */
export type Told = {
  /** The idempotency key. */
  readonly id: string
  /** `incident.first`, `incident.resolved` … */
  readonly type: string
  readonly alerts: readonly ToldAlert[]
  /** As it came. */
  readonly text: string
}

export type ToldAlert = {
  readonly id: string
  readonly state: string
  readonly rule: string
  readonly agent: string
  readonly metric: string
  readonly dimension: string
  readonly value: number | null
  readonly url: string
}

type Body = { readonly type: string; readonly data: { readonly alerts: readonly ToldAlert[] } }

// https://github.com/standard-webhooks/standard-webhooks: so old a request may be.
const TOLERANCE_S = 300

export class WebhookReceiver {
  readonly key = `whsec_${randomBytes(32).toString('base64')}`
  /** Every reception. */
  readonly told: Told[] = []
  /** How long it thinks before it answers; what it has seen before it knows at once. */
  answerAfterMs = 0
  readonly #receiver: Receiver
  readonly #faults: unknown[] = []

  private constructor(receiver: Receiver) {
    this.#receiver = receiver
    receiver.answering = (response, received) => {
      const isNew = this.#take(received)
      void sleep(isNew ? this.answerAfterMs : 0).then(() => response.end('ok'))
    }
  }

  static async open(): Promise<WebhookReceiver> {
    return new WebhookReceiver(await startReceiver())
  }

  /** A channel that leads here, as a content file has it. */
  channel(name: string): object {
    const url = `http://127.0.0.1:${this.#receiver.port}/alerts`
    return { name, kind: 'webhook', secrets: { url, signing_key: this.key } }
  }

  /** `type rule agent` of what was told so far, in order. */
  get lines(): string[] {
    return this.told.map(({ type, alerts }) =>
      [type, ...alerts.map((each) => `${each.rule}@${each.agent}`)].join(' '),
    )
  }

  /** Every request was signed with the key, and just now. */
  assertAllSigned(): void {
    assert.deepEqual(this.#faults, [])
  }

  close(): Promise<void> {
    return this.#receiver.close()
  }

  #take({ headers, text, body }: Received): boolean {
    const id = String(headers['webhook-id'])
    const isNew = this.told.every((each) => each.id !== id)
    const { type, data } = body as Body
    this.told.push({ id, type, alerts: data.alerts, text })
    try {
      this.#verify(id, headers, text)
    } catch (fault) {
      this.#faults.push(fault)
    }
    return isNew
  }

  #verify(id: string, headers: Received['headers'], text: string): void {
    const at = String(headers['webhook-timestamp'])
    const key = Buffer.from(this.key.slice('whsec_'.length), 'base64')
    const signature = createHmac('sha256', key).update(`${id}.${at}.${text}`).digest('base64')
    assert.deepEqual(String(headers['webhook-signature']).split(' '), [`v1,${signature}`])
    assert.ok(Math.abs(Date.now() / 1_000 - Number(at)) < TOLERANCE_S, `it was signed at ${at}`)
  }
}
