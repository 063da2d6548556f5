// The archive's segments in an S3-compatible bucket. A segment is sent as one request whose signature covers its SHA-256,
// so that the store itself refuses what was damaged on the way; the local file goes only when the store shows the same
// size and hash.

import { createHash } from 'node:crypto'
import { createReadStream, openAsBlob } from 'node:fs'
import { stat, unlink } from 'node:fs/promises'
import type { ArchiveStore } from './archive.ts'
import { createS3Client, type S3Client, type S3Options } from './s3-client.ts'
import { S3Refused, S3Unavailable } from './s3-errors.ts'
import { readListPage } from './s3-xml.ts'

export type S3StoreOptions = S3Options & {
  /** Stands before every name, with a slash between. */
  readonly prefix?: string
  /** Objects in one answer to a list; the store's own limit when absent, usually 1,000. */
  readonly pageSize?: number
}

const HASH_HEADER = 'x-amz-meta-secumon-sha256'
// What a line should carry at the very least; below it an attempt is given up.
const SLOWEST_BYTES_PER_MS = 256
const extraFor = (sizeBytes: number): number => Math.ceil(sizeBytes / SLOWEST_BYTES_PER_MS)

type Digest = { readonly sizeBytes: number; readonly sha256: string; readonly md5: string }
type StoredObject = {
  readonly sizeBytes: number
  readonly sha256?: string
  readonly etag: string
  readonly plain: boolean
}

/** Nothing is asked of the store until a method is called. Methods throw S3Refused, S3Unavailable, NotInS3. */
export function s3Store(options: S3StoreOptions): ArchiveStore {
  const client = createS3Client(options)
  const prefix =
    options.prefix === undefined || options.prefix === '' ? '' : `${options.prefix.replace(/\/+$/, '')}/`
  return {
    list: (below = '') => listAll(client, { ...options, prefix }, below),
    read: (name, range) => read(client, prefix + name, range),
    take: (name, localPath) => take(client, prefix + name, localPath),
    remove: (name) => remove(client, prefix + name),
  }
}

async function listAll(
  client: S3Client,
  { prefix, pageSize }: { readonly prefix: string; readonly pageSize?: number },
  below: string,
): ReturnType<ArchiveStore['list']> {
  const found: { name: string; sizeBytes: number }[] = []
  const size = pageSize === undefined ? {} : { 'max-keys': String(pageSize) }
  let next: string | undefined
  do {
    const more = next === undefined ? {} : { 'continuation-token': next }
    const page = await client.request({
      method: 'GET',
      query: { 'list-type': '2', prefix: prefix + below, ...size, ...more },
      read: async (response) => readListPage(await response.text()),
    })
    for (const { key, sizeBytes } of page.objects) found.push({ name: key.slice(prefix.length), sizeBytes })
    next = page.next
  } while (next !== undefined)
  return found
}

type Range = { readonly offset: number; readonly length: number }

async function read(client: S3Client, key: string, range?: Range): Promise<Buffer> {
  if (range?.length === 0) return Buffer.alloc(0)
  return client.request({
    method: 'GET',
    key,
    headers: range ? { range: `bytes=${range.offset}-${range.offset + range.length - 1}` } : {},
    extraMs: extraFor(range?.length ?? 1024 ** 3),
    // 416: there is nothing from that offset on.
    fine: [416],
    read: async (response) => {
      if (response.status === 416) return Buffer.alloc(0)
      const body = Buffer.from(await response.arrayBuffer())
      // A store, or a proxy before it, may ignore a range.
      return range && response.status === 200
        ? body.subarray(range.offset, range.offset + range.length)
        : body
    },
  })
}

async function take(client: S3Client, key: string, localPath: string): Promise<void> {
  const digest = await digestOf(localPath)
  const there = await head(client, key)
  if (there === undefined) await put(client, key, localPath, digest)
  const stored = there ?? (await head(client, key))
  if (stored === undefined) throw new S3Unavailable(`PUT ${key}: taken, and then not there`)
  if (!isSame(stored, digest))
    throw new S3Refused(
      'Conflict',
      `${key} in the S3 store is not what is in ${localPath}: two archives must not share a bucket and prefix; nothing was removed`,
    )
  await unlink(localPath)
}

const put = async (client: S3Client, key: string, localPath: string, digest: Digest): Promise<void> =>
  client.request({
    method: 'PUT',
    key,
    headers: { [HASH_HEADER]: digest.sha256, 'content-type': 'application/octet-stream' },
    body: await openAsBlob(localPath),
    bodySha256: digest.sha256,
    extraMs: extraFor(digest.sizeBytes),
    read: discard,
  })

const remove = (client: S3Client, key: string): Promise<void> =>
  client.request({ method: 'DELETE', key, fine: [404], read: discard })

const head = (client: S3Client, key: string): Promise<StoredObject | undefined> =>
  client.request({
    method: 'HEAD',
    key,
    fine: [404],
    read: ({ status, headers }) => (status === 404 ? undefined : describe(headers)),
  })

function describe(headers: Headers): StoredObject {
  const sha256 = headers.get(HASH_HEADER)
  // With a key of its own for the object the ETag is no MD5.
  const encryption = headers.get('x-amz-server-side-encryption') ?? 'AES256'
  return {
    sizeBytes: Number(headers.get('content-length')),
    etag: (headers.get('etag') ?? '').replaceAll('"', ''),
    plain: encryption === 'AES256' && !headers.has('x-amz-server-side-encryption-customer-algorithm'),
    ...(sha256 !== null && { sha256 }),
  }
}

const isSame = ({ sizeBytes, sha256, etag, plain }: StoredObject, digest: Digest): boolean =>
  sizeBytes === digest.sizeBytes &&
  (sha256 ?? digest.sha256) === digest.sha256 &&
  (!plain || !/^[0-9a-f]{32}$/.test(etag) || etag === digest.md5)

async function digestOf(path: string): Promise<Digest> {
  const { size: sizeBytes } = await stat(path)
  const hashes = [createHash('sha256'), createHash('md5')] as const
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 ** 2 }))
    for (const hash of hashes) hash.update(chunk as Buffer)
  const [sha256, md5] = [hashes[0].digest('hex'), hashes[1].digest('hex')]
  return { sizeBytes, sha256, md5 }
}

// Unread bodies would keep their connections.
const discard = async (response: Response): Promise<void> => void (await response.arrayBuffer())
