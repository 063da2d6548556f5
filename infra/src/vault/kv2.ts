// Reads one secret of a store that speaks the KV version 2 API: HashiCorp Vault, OpenBao, OVHcloud Secret Manager.
// https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#read-secret-version

import { setTimeout as delay } from 'node:timers/promises'
import { KeysUnavailable } from './key-faults.ts'

const TIMEOUT_MS = 5_000
const PAUSES_MS = [250, 1_000, 3_000]

export type Kv2Options = {
  /** Without `/v1`; may have a path of its own: https://eu-west-par.okms.ovh.net/api/<id>. */
  readonly url: string
  readonly token: string
  readonly mount: string
  readonly path: string
  readonly timeoutMs?: number
  /** Before each further attempt. */
  readonly pausesMs?: readonly number[]
}

/** The store answers, and will answer the same again: a wrong token, path or kind of store. */
export class StoreRefused extends Error {
  override readonly name = 'StoreRefused'
}

/**
 * The fields of the newest version of the secret.
 * @throws StoreRefused; KeysUnavailable when the store cannot be reached, is sealed or too busy, after four attempts
 */
export async function readSecret(options: Kv2Options): Promise<ReadonlyMap<string, string>> {
  for (const pauseMs of options.pausesMs ?? PAUSES_MS)
    try {
      return await readOnce(options)
    } catch (error) {
      if (!(error instanceof KeysUnavailable)) throw error
      await delay(pauseMs)
    }
  return readOnce(options)
}

async function readOnce(options: Kv2Options): Promise<ReadonlyMap<string, string>> {
  const { status, body } = await ask(options)
  if (status === 200) return fieldsOf(body, options)
  const said = errorsOf(body)
  const place = `${options.mount}/${options.path}`
  if (status === 404)
    throw new StoreRefused(`the store has no secret ${place} (in an engine of KV version 2)`)
  if (status === 401 || status === 403)
    throw new StoreRefused(
      `the token may not read ${place}${said}: it is wrong, expired, or lacks the policy`,
    )
  if (status === 503)
    throw new KeysUnavailable(`the store at ${options.url} is sealed or in maintenance${said}`)
  if (status >= 500 || status === 429 || status === 412)
    throw new KeysUnavailable(`the store at ${options.url} cannot answer now: status ${status}${said}`)
  throw new StoreRefused(`the store at ${options.url} answers with status ${status}${said}`)
}

/** What else is no header, and the error of who is given it repeats it. */
const TOKEN = /^[\x21-\x7e]+$/

type Answer = { readonly status: number; readonly body: unknown }

async function ask({ url, token, mount, path, timeoutMs = TIMEOUT_MS }: Kv2Options): Promise<Answer> {
  if (!TOKEN.test(token))
    throw new StoreRefused('the token for the store is not one line of visible characters')
  const address = `${url.replace(/\/+$/, '')}/v1/${escaped(mount)}/data/${escaped(path)}`
  try {
    const response = await fetch(address, {
      headers: { 'x-vault-token': token, 'x-vault-request': 'true' },
      // The token would go to whoever is named there.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await response.text()
    return { status: response.status, body: parsed(text) }
  } catch (cause) {
    throw new KeysUnavailable(`the store at ${url} does not answer: ${reason(cause)}`, { cause })
  }
}

const escaped = (path: string): string =>
  path
    .split('/')
    .filter((part) => part !== '')
    .map(encodeURIComponent)
    .join('/')

function fieldsOf(body: unknown, { url }: Kv2Options): ReadonlyMap<string, string> {
  const data = field(field(body, 'data'), 'data')
  if (typeof data !== 'object' || data === null)
    throw new StoreRefused(`what answers at ${url} speaks no KV version 2`)
  return new Map(
    Object.entries(data).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  )
}

function errorsOf(body: unknown): string {
  const errors = field(body, 'errors')
  return Array.isArray(errors) && errors.length > 0 ? ` (${errors.join(', ').slice(0, 200)})` : ''
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A proxy in between answers in its own words; the status says enough.
    return undefined
  }
}

// What fetch throws says only that it failed; its cause says why.
const reason = (error: unknown): string =>
  error instanceof Error
    ? error.cause instanceof Error
      ? error.cause.message
      : error.message
    : String(error)
