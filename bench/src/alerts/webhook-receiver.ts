// Where both products send their messages: a web server that says when what came.

import { agentName } from '@secumon/app/load/membership'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** What one message says of one alert. */
export type Told = {
  readonly agent: string
  readonly rule: string
  readonly state: string
}

export type Arrival = Told & { readonly atMs: number }

/** Reads a message's body. */
export type ReadMessage = (body: unknown) => readonly Told[]

export type WebhookReceiver = {
  readonly url: string
  readonly arrivals: readonly Arrival[]
  /** Requests so far. */
  readonly messages: number
  close(): Promise<void>
}

/** Listens on loopback. */
export async function startWebhookReceiver(read: ReadMessage): Promise<WebhookReceiver> {
  const arrivals: Arrival[] = []
  let messages = 0
  const take = async (request: IncomingMessage): Promise<void> => {
    const body = await buffer(request)
    const atMs = Date.now()
    messages++
    arrivals.push(...read(JSON.parse(body.toString())).map((told) => ({ ...told, atMs })))
  }
  const server = createServer((request, response) => void take(request).then(() => response.end('ok')))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    arrivals,
    get messages() {
      return messages
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** What moments and arrivals have in common. */
export const alertKey = ({
  agent,
  rule,
  state,
}: {
  agent: string | number
  rule: string
  state: string
}): string => [typeof agent === 'number' ? agentName(agent) : agent, rule, state].join('\n')
