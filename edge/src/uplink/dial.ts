// Opens a connection: TCP, through a proxy by CONNECT where one is set, and TLS on it for https. Every wait ends.

import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { request } from 'node:http'
import { errorText } from '../error-code.ts'
import { proxyFor, type ProxyEnvironment } from './proxy.ts'

export type DialOptions = {
  readonly url: URL
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Protocols to offer in TLS. */
  readonly protocols: readonly string[]
  /** Where HTTPS_PROXY and NO_PROXY are looked up. Default: the process's environment. */
  readonly environment?: ProxyEnvironment
  /** Certificate authorities to trust instead of the built-in ones, PEM. */
  readonly authorities?: string
}

/** The connection could not be made; the message says where it failed. */
export class DialFailed extends Error {
  override readonly name = 'DialFailed'
}

/** @throws DialFailed or BadProxy */
export async function dial(options: DialOptions): Promise<Socket> {
  const { url, environment = process.env } = options
  const deadline = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)])
  const proxy = proxyFor(url, environment)
  const socket = proxy ? await tunnel(proxy, url, deadline) : await openTcp(url, deadline)
  if (url.protocol !== 'https:') return socket
  const secured = startTls(socket, url, { ALPNProtocols: [...options.protocols], ...ca(options.authorities) })
  return settled(secured, 'secureConnect', `TLS with ${url.host}`, deadline)
}

const ca = (authorities: string | undefined): ConnectionOptions => (authorities ? { ca: authorities } : {})

function startTls(socket: Socket, url: URL, options: ConnectionOptions): Socket {
  const host = hostOf(url)
  // An address is checked against the certificate, but may not be sent as a server name.
  const servername = /^[\d.]+$|:/.test(host) ? '' : host
  return connectTls({ ...options, socket, host, servername, minVersion: 'TLSv1.2' })
}

function openTcp(url: URL, deadline: AbortSignal): Promise<Socket> {
  const socket = connectTcp({ host: hostOf(url), port: portOf(url), noDelay: true, keepAlive: true })
  return settled(socket, 'connect', `connection to ${url.host}`, deadline)
}

async function tunnel(proxy: URL, url: URL, deadline: AbortSignal): Promise<Socket> {
  const plain = await openTcp(proxy, deadline)
  const toProxy =
    proxy.protocol === 'https:'
      ? await settled(startTls(plain, proxy, {}), 'secureConnect', `TLS with proxy ${proxy.host}`, deadline)
      : plain
  const target = `${url.hostname}:${portOf(url)}`
  const headers = { host: target, ...credentials(proxy) }
  const asked = request({
    method: 'CONNECT',
    path: target,
    headers,
    createConnection: () => toProxy,
    signal: deadline,
  })
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => {
      toProxy.destroy()
      reject(new DialFailed(`proxy ${proxy.host}: ${errorText(cause)}`, { cause }))
    }
    asked.once('error', fail)
    asked.once('response', ({ statusCode }) => fail(new Error(`answered ${statusCode} to CONNECT`)))
    asked.once('connect', ({ statusCode }, socket, head) => {
      if (statusCode !== 200) return fail(new Error(`answered ${statusCode} to CONNECT`))
      if (head.length > 0) socket.unshift(head)
      resolve(toProxy)
    })
    asked.end()
  })
}

function credentials({ username, password }: URL): { 'proxy-authorization'?: string } {
  if (!username) return {}
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` }
}

function settled(socket: Socket, event: string, what: string, deadline: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      socket.off('error', fail)
      deadline.removeEventListener('abort', abort)
    }
    const fail = (cause: unknown): void => {
      finish()
      // A destroyed socket may still report: nobody is left to hear it.
      socket.on('error', () => undefined)
      socket.destroy()
      reject(new DialFailed(`${what} failed: ${errorText(cause)}`, { cause }))
    }
    const abort = (): void => fail(deadline.reason)
    socket.once('error', fail)
    deadline.addEventListener('abort', abort)
    socket.once(event, () => {
      finish()
      resolve(socket)
    })
    if (deadline.aborted) abort()
  })
}

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '')
const portOf = (url: URL): number => Number(url.port || (url.protocol === 'https:' ? 443 : 80))
