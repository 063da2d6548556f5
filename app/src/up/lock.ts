// One `secumon up` per data directory: a file with the number of the process that has it. A stale one is replaced, a
// live one explained.

import { open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { commandLine } from '@secumon/infra/embedded/processes'
import { Exit, exitCode } from '../exit.ts'

export type Lock = {
  /** The number in a lock that nobody held any more. */
  readonly healed: number | undefined
  readonly release: () => Promise<void>
}

const ATTEMPTS = 5

/** @throws Exit 75 when another process has the directory */
export async function lockDirectory(directory: string): Promise<Lock> {
  const path = join(directory, 'lock')
  let healed: number | undefined
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await take(path)) return { healed, release: () => rm(path, { force: true }) }
    const holder = Number((await readFile(path, 'utf8').catch(() => '')).trim())
    if (await isOurs(holder)) throw held(directory, holder)
    healed = holder
    await rm(path, { force: true })
  }
  throw new Exit(exitCode.temporary, `${path} changes hands too quickly; try again`)
}

async function take(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600)
    await file.writeFile(`${process.pid}\n`)
    await file.close()
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

// As npm runs it, and by its own name; an editor on a file of a directory called secumon is neither.
const UP = /(^|[\s/])secumon(\.ts)?\s+up(\s|$)/

// After a reboot another program may have the number.
async function isOurs(pid: number): Promise<boolean> {
  if (!Number.isSafeInteger(pid) || pid <= 1 || pid === process.pid) return false
  return UP.test((await commandLine(pid)) ?? '')
}

const held = (directory: string, pid: number): Exit =>
  new Exit(
    exitCode.temporary,
    `SecuMon already runs on ${directory} as process ${pid}.\nStop it with: kill ${pid}\nor start another beside it with: --data DIRECTORY --port PORT --ingest-port PORT`,
  )
