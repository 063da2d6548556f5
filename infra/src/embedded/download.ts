// Fetches a file whose SHA-256 is known beforehand: streamed to disk, bounded in size and time, and at its final name
// only when every byte was right.

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

export type Download = {
  readonly url: string
  /** Final path; its directory is made. */
  readonly to: string
  /** Lower-case hexadecimal. */
  readonly sha256: string
  readonly maxBytes: number
  /** For the whole transfer. */
  readonly timeoutMs: number
}

export type DownloadFault = 'unreachable' | 'refused' | 'too_large' | 'too_slow' | 'wrong_checksum'

/** A file that could not be had as it must be; nothing is left of it on disk. */
export class DownloadFailed extends Error {
  override readonly name = 'DownloadFailed'
  readonly fault: DownloadFault
  constructor(fault: DownloadFault, detail: string, options?: ErrorOptions) {
    super(`${fault.replace('_', ' ')}: ${detail}`, options)
    this.fault = fault
  }
}

/** @throws DownloadFailed */
export async function download(wanted: Download): Promise<void> {
  const partial = `${wanted.to}.${process.pid}.part`
  await mkdir(dirname(wanted.to), { recursive: true })
  try {
    const found = await transfer(wanted, partial)
    if (found !== wanted.sha256)
      throw new DownloadFailed('wrong_checksum', `${wanted.url} is ${found}, expected ${wanted.sha256}`)
    await rename(partial, wanted.to)
  } catch (error) {
    throw error instanceof DownloadFailed ? error : asDownloadFailed(wanted, error)
  } finally {
    await rm(partial, { force: true })
  }
}

async function transfer(wanted: Download, partial: string): Promise<string> {
  const response = await fetch(wanted.url, {
    signal: AbortSignal.timeout(wanted.timeoutMs),
    redirect: 'follow',
  })
  if (!response.ok || response.body === null)
    throw new DownloadFailed('refused', `${wanted.url} answered ${response.status}`)
  const file = createWriteStream(partial, { mode: 0o600 })
  try {
    return await writeChunks(wanted, response.body, file)
  } finally {
    file.end()
    await once(file, 'close')
  }
}

async function writeChunks(
  wanted: Download,
  body: AsyncIterable<Uint8Array>,
  file: WriteStream,
): Promise<string> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  for await (const chunk of body) {
    sizeBytes += chunk.byteLength
    if (sizeBytes > wanted.maxBytes)
      throw new DownloadFailed('too_large', `${wanted.url} has more than ${wanted.maxBytes} bytes`)
    hash.update(chunk)
    if (!file.write(chunk)) await once(file, 'drain')
  }
  return hash.digest('hex')
}

function asDownloadFailed(wanted: Download, cause: unknown): DownloadFailed {
  if (cause instanceof DOMException && cause.name === 'TimeoutError')
    return new DownloadFailed('too_slow', `${wanted.url} took longer than ${wanted.timeoutMs} ms`, { cause })
  return new DownloadFailed('unreachable', wanted.url, { cause })
}
