// How other commands find the servers of a running all-in-one: a file in its data directory that only its owner reads.

import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'

const content = z.object({
  natsUrl: z.string(),
  databaseUrl: z.string(),
  redisUrl: z.string().optional(),
  masterKey: z.string(),
  masterKeyOld: z.string().default(''),
  port: z.number(),
})
export type RunFile = z.infer<typeof content>

const path = (directory: string): string => join(resolve(directory), 'run.json')

/** Returns how to remove it. */
export async function writeRunFile(directory: string, run: RunFile): Promise<() => Promise<void>> {
  const unfinished = `${path(directory)}.new`
  await writeFile(unfinished, JSON.stringify(run), { mode: 0o600 })
  await rename(unfinished, path(directory))
  return () => rm(path(directory), { force: true })
}

/** What runs on the directory; undefined when nothing does. */
export async function readRunFile(directory: string): Promise<RunFile | undefined> {
  const text = await readFile(path(directory), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const parsed = content.safeParse(JSON.parse(text))
  return parsed.success ? parsed.data : undefined
}
