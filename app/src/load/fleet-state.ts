// What a fleet keeps between its runs: the secret its agents' keys come from, and where each chain stood.

import { randomBytes } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChainHead } from '@secumon/contracts/frame'

/** The fleet's 32 secret bytes, made at its first start. */
export async function fleetSecret(directory: string): Promise<Uint8Array> {
  const file = join(directory, 'secret')
  try {
    return await readFile(file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    const secret = randomBytes(32)
    await writeFile(file, secret, { mode: 0o600, flag: 'wx' })
    return secret
  }
}

/** A chain's epoch and head. */
export type Place = { readonly epoch: number; readonly head: ChainHead }
type StoredPlace = { readonly epoch: number; readonly sequence: number; readonly hash: string }

const placesFile = (directory: string): string => join(directory, 'places.json')

/** The places of the last run by agent; none when it was not stopped in order. */
export async function readPlaces(directory: string): Promise<Map<string, Place>> {
  const text = await readFile(placesFile(directory), 'utf8').catch(() => '{}')
  const stored = JSON.parse(text) as Record<string, StoredPlace>
  return new Map(
    Object.entries(stored).map(([agent, { epoch, sequence, hash }]) => [
      agent,
      { epoch, head: { sequence, hash: new Uint8Array(Buffer.from(hash, 'base64')) } },
    ]),
  )
}

/** Keeps the places for the next run. */
export async function writePlaces(directory: string, places: ReadonlyMap<string, Place>): Promise<void> {
  const entries = [...places].map(([agent, { epoch, head }]): [string, StoredPlace] => [
    agent,
    { epoch, sequence: head.sequence, hash: Buffer.from(head.hash).toString('base64') },
  ])
  const temporary = `${placesFile(directory)}.new`
  await writeFile(temporary, JSON.stringify(Object.fromEntries(entries)), { mode: 0o600 })
  await rename(temporary, placesFile(directory))
}
