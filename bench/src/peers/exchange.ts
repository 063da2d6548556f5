// Requests to a peer over loopback, as a remote-write client makes them.

import { request, type Agent, type RequestOptions } from 'node:http'

const HEADERS = {
  'content-type': 'application/x-protobuf',
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '0.1.0',
}

export type Post = { readonly port: number; readonly agent: Agent; readonly body: Buffer }

/** Sends one WriteRequest. @throws Error unless it was taken */
export const post = ({ port, agent, body }: Post): Promise<void> => {
  const headers = { ...HEADERS, 'content-length': body.length }
  return exchange({ port, path: '/api/v1/write', method: 'POST', agent, headers }, body)
}

/** Asks for a page and drops it. @throws Error unless the answer is 2xx */
export const get = (port: number, path: string): Promise<void> => exchange({ port, path, method: 'GET' })

function exchange(options: RequestOptions, body?: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', timeout: 30_000, ...options }, (response) => {
      response.resume()
      response.on('end', () => {
        const status = response.statusCode ?? 0
        if (status >= 200 && status < 300) resolve()
        else reject(new Error(`HTTP ${status}`))
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
