// An enrolment endpoint for tests, over real HTTP.

import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import assert from 'node:assert/strict'
import { json } from 'node:stream/consumers'

export type EnrolRequest = {
  token: string
  public_key: string
  name: string
  tags: string[]
  simulated: boolean
}
export type EnrolAnswer = { status: number; body: unknown }

export class TestApi {
  readonly requests: EnrolRequest[] = []
  answer: (request: EnrolRequest) => EnrolAnswer = () => ({
    status: 503,
    body: { error: 'not yet', code: 503 },
  })
  readonly #server: Server = createServer((request, response) => {
    void json(request).then((body) => {
      const asked = body as EnrolRequest
      this.requests.push(asked)
      const { status, body: content } = this.answer(asked)
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(typeof content === 'string' ? content : JSON.stringify(content))
    })
  })

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get port(): number {
    const address = this.#server.address()
    assert(address && typeof address === 'object')
    return address.port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
