// The directory that holds everything of an all-in-one: made with mode 0700, and the facts that were fixed when it
// was made.

import { chmod, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { Exit, exitCode } from '../exit.ts'

/** What is fixed at the first start, and which ports the servers had last. */
const facts = z.object({
  shards: z.number().int().positive(),
  natsPort: z.number().int().optional(),
  postgresPort: z.number().int().optional(),
})
export type Facts = z.infer<typeof facts>

export type DataDirectory = {
  readonly path: string
  /** A path inside. */
  at(...parts: string[]): string
  /** Nothing was here before. */
  readonly isNew: boolean
}

/** @throws Exit 78 when it is no directory or not ours to use */
export async function openDataDirectory(given: string): Promise<DataDirectory> {
  const path = resolve(given)
  const isNew = await make(path)
  const { uid } = await stat(path)
  if (process.getuid !== undefined && uid !== process.getuid())
    throw new Exit(exitCode.configuration, `${path} belongs to another account; choose another with --data`)
  await chmod(path, 0o700)
  return { path, isNew, at: (...parts) => join(path, ...parts) }
}

/** Where programs of this machine publish metrics; empty at first. */
export async function makeMetricsDirectory(directory: DataDirectory): Promise<string> {
  const path = directory.at('metrics.d')
  await mkdir(path, { recursive: true, mode: 0o700 })
  return path
}

async function make(path: string): Promise<boolean> {
  try {
    return (await mkdir(path, { recursive: true, mode: 0o700 })) !== undefined
  } catch (cause) {
    throw new Exit(exitCode.configuration, `${path} cannot be the data directory: ${String(cause)}`, {
      cause,
    })
  }
}

/**
 * The facts of the directory, with `shards` recorded at the first start.
 * @throws Exit 78 when another number of shards is asked for later: agents would change streams
 */
export async function recallFacts(directory: DataDirectory, shards: number): Promise<Facts> {
  const known = await readFacts(directory)
  if (known === undefined) return rememberFacts(directory, { shards })
  if (known.shards !== shards)
    throw new Exit(
      exitCode.configuration,
      `SECUMON_SHARDS=${shards}, but ${directory.path} was made with ${known.shards}; the number is fixed at the first start`,
    )
  return known
}

async function readFacts(directory: DataDirectory): Promise<Facts | undefined> {
  const path = directory.at('facts.json')
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return facts.parse(JSON.parse(text))
  } catch (cause) {
    throw new Exit(
      exitCode.configuration,
      `${path} is damaged; it holds e.g. {"shards":1}. Mend it by hand.`,
      { cause },
    )
  }
}

/** Writes the facts whole or not at all. */
export async function rememberFacts(directory: DataDirectory, now: Facts): Promise<Facts> {
  const path = directory.at('facts.json')
  await writeFile(`${path}.new`, `${JSON.stringify(now)}\n`, { mode: 0o600, flush: true })
  await rename(`${path}.new`, path)
  return now
}
