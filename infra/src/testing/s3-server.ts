// An object store in memory that speaks the documented protocol of S3 and believes nobody: every request's signature and
// body hash are computed anew (AWS, "Signature Calculations for the Authorization Header", 2024). It fails on request.

import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Scope } from './servers.ts'

/** What happens to the next request of a method instead of its answer. */
export type Fault = {
  readonly method: string
  /** `drop` cuts the connection after so many bytes of the request's body, `cut` within the answer's. */
  readonly does: { status: number; code: string } | { dropAfterBytes: number } | 'cut' | 'silence' | 'damage'
}

export type S3TestServer = {
  readonly url: string
  readonly objects: Map<string, StoredObject>
  /** Taken one by one, in order, by requests of their method. */
  readonly faults: Fault[]
  /** `PUT bucket/key`, in order. */
  readonly requests: string[]
}

type StoredObject = { body: Buffer; readonly meta: Readonly<Record<string, string>> }
type Keys = { readonly bucket: string; readonly accessKey: string; readonly secretKey: string }
const PAGE = 3

/** Pages of its lists hold three objects. */
export async function s3TestServer(scope: Scope, keys: Keys): Promise<S3TestServer> {
  const state = { objects: new Map<string, StoredObject>(), faults: [] as Fault[], requests: [] as string[] }
  const server = createServer((request, response) => {
    answer(state, keys, request, response).catch((error: unknown) => response.destroy(error as Error))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  scope.after(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { ...state, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

type State = Omit<S3TestServer, 'url'>

async function answer(
  state: State,
  keys: Keys,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = '', url = '' } = request
  const { pathname, searchParams } = new URL(url, 'http://store')
  state.requests.push(`${method} ${pathname.slice(1)}`)
  const index = state.faults.findIndex((fault) => fault.method === method)
  const does = state.faults.splice(index, index < 0 ? 0 : 1)[0]?.does
  if (does === 'silence') return
  if (typeof does === 'object' && 'dropAfterBytes' in does) return dropped(request, does.dropAfterBytes)
  const body = await bodyOf(request)
  if (does === 'damage') body[0] = (body[0] ?? 0) ^ 1
  if (typeof does === 'object') return refuse(response, does.status, does.code)
  const fault = signatureFault(keys, request, body)
  if (fault !== undefined) return refuse(response, fault === 'XAmzContentSHA256Mismatch' ? 400 : 403, fault)
  const [bucket, ...rest] = decodeURIComponent(pathname).slice(1).split('/')
  if (bucket !== keys.bucket) return refuse(response, 404, 'NoSuchBucket')
  if (rest.length === 0) return list(state.objects, searchParams, response)
  await act(state.objects, rest.join('/'), { request, response, body, isCut: does === 'cut' })
}

type Exchange = { request: IncomingMessage; response: ServerResponse; body: Buffer; isCut: boolean }

async function act(
  objects: State['objects'],
  key: string,
  { request, response, body, isCut }: Exchange,
): Promise<void> {
  if (request.method === 'PUT') objects.set(key, { body, meta: metaOf(request) })
  if (request.method === 'DELETE') objects.delete(key)
  if (request.method === 'PUT' || request.method === 'DELETE')
    return void response.writeHead(request.method === 'PUT' ? 200 : 204).end()
  const object = objects.get(key)
  if (object === undefined) return refuse(response, 404, 'NoSuchKey')
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
  if (Number(from) >= object.body.length) return refuse(response, 416, 'InvalidRange')
  const part = from === undefined ? object.body : object.body.subarray(Number(from), Number(to) + 1)
  const etag = `"${createHash('md5').update(object.body).digest('hex')}"`
  response.writeHead(from === undefined ? 200 : 206, { 'content-length': part.length, etag, ...object.meta })
  if (request.method === 'HEAD') return void response.end()
  if (!isCut) return void response.end(part)
  response.write(part.subarray(0, part.length >> 1), () => response.destroy())
}

function list(objects: State['objects'], query: URLSearchParams, response: ServerResponse): void {
  const after = query.get('continuation-token') ?? ''
  const keys = [...objects.keys()]
    .filter((key) => key.startsWith(query.get('prefix') ?? '') && key > after)
    .toSorted()
  const page = keys.slice(0, PAGE)
  const contents = page.map(
    (key) =>
      `<Contents><Key>${key.replaceAll('&', '&amp;')}</Key><Size>${objects.get(key)?.body.length}</Size></Contents>`,
  )
  const more = keys.length > PAGE ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : ''
  response.end(
    `<?xml version="1.0"?><ListBucketResult><IsTruncated>${keys.length > PAGE}</IsTruncated>${more}${contents.join('')}</ListBucketResult>`,
  )
}

function refuse(response: ServerResponse, status: number, code: string): void {
  const text = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>because of ${code}</Message></Error>`
  response.writeHead(status, { 'content-type': 'application/xml' }).end(text)
}

async function dropped(request: IncomingMessage, afterBytes: number): Promise<void> {
  let seen = 0
  for await (const chunk of request) if ((seen += (chunk as Buffer).length) >= afterBytes) break
  request.socket.resetAndDestroy()
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const metaOf = (request: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) =>
      name.startsWith('x-amz-meta-') && typeof value === 'string' ? [[name, value]] : [],
    ),
  )

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8}\/([^/]+)\/s3\/aws4_request), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/

// The code S3 answers with; undefined when the signature is good and covers the body.
function signatureFault(keys: Keys, request: IncomingMessage, body: Buffer): string | undefined {
  const [, accessKey, scope = '', , names = '', signature] =
    AUTHORIZATION.exec(request.headers.authorization ?? '') ?? []
  if (accessKey !== keys.accessKey) return 'InvalidAccessKeyId'
  const header = (name: string): string => String(request.headers[name] ?? '')
  if (!['host', 'x-amz-content-sha256', 'x-amz-date'].every((name) => names.split(';').includes(name)))
    return 'AccessDenied'
  const [path = '', query = ''] = (request.url ?? '').split('?')
  const canonical = [
    request.method,
    path,
    query.split('&').toSorted().join('&'),
    ...names.split(';').map((name) => `${name}:${header(name).trim()}`),
    '',
    names,
    header('x-amz-content-sha256'),
  ].join('\n')
  const text = ['AWS4-HMAC-SHA256', header('x-amz-date'), scope, sha256(canonical)].join('\n')
  const key = scope
    .split('/')
    .reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${keys.secretKey}`)
  if (hmac(key, text).toString('hex') !== signature) return 'SignatureDoesNotMatch'
  return sha256(body) === header('x-amz-content-sha256') ? undefined : 'XAmzContentSHA256Mismatch'
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex')
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest()
