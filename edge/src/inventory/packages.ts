// How many packages are installed, from the package database's own files: dpkg, apk, pacman; rpm is asked itself,
// because its database has no stable format. Counted again only when the database changed.

import { execFile } from 'node:child_process'
import { closeSync, openSync, readSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createBackground } from '../collectors/background.ts'

const CHUNK_BYTES = 64 * 1024
const RPM_TIMEOUT_MS = 60_000
const RPM_DATABASES = [
  'var/lib/rpm/rpmdb.sqlite',
  'usr/lib/sysimage/rpm/rpmdb.sqlite',
  'var/lib/rpm/Packages.db',
  'usr/lib/sysimage/rpm/Packages.db',
  'var/lib/rpm/Packages',
]

type Database = { readonly path: string; count(path: string): number }

const DATABASES: readonly Database[] = [
  { path: 'var/lib/dpkg/status', count: (path) => occurrences(path, '\nStatus: install ok installed') },
  { path: 'lib/apk/db/installed', count: (path) => occurrences(path, '\nP:') },
  { path: 'var/lib/pacman/local', count: (path) => readdirSync(path).length - 1 },
]

/** Returns the number of packages, or undefined where it is not known (yet). */
export function createPackageCount(
  root: string,
  askRpm: () => Promise<number> = countRpm,
): () => number | undefined {
  const rpm = createBackground(askRpm)
  let countedMs = NaN
  let count: number | undefined
  return () => {
    count = outcome(rpm) ?? count
    const database = [...DATABASES.map(({ path }) => path), ...RPM_DATABASES].find((path) =>
      changedMs(join(root, path)),
    )
    const modifiedMs = database === undefined ? undefined : changedMs(join(root, database))
    if (database === undefined || modifiedMs === undefined || modifiedMs === countedMs) return count
    countedMs = modifiedMs
    const files = DATABASES.find(({ path }) => path === database)
    if (files) count = files.count(join(root, database))
    else rpm.start()
    return count
  }
}

/** An rpm that fails leaves the count as it was: an inventory without it is worth more than none. */
function outcome(rpm: ReturnType<typeof createBackground<number>>): number | undefined {
  try {
    return rpm.take()
  } catch {
    return undefined
  }
}

const changedMs = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.mtimeMs

async function countRpm(): Promise<number> {
  const { stdout } = await promisify(execFile)('rpm', ['-qa', '--queryformat', '.'], {
    timeout: RPM_TIMEOUT_MS,
  })
  return stdout.length
}

/** Counts a text in a file of any size within one buffer. Its first line counts as if a line came before it. */
function occurrences(path: string, wanted: string): number {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  const file = openSync(path, 'r')
  try {
    let count = 0
    let tail = '\n'
    for (let length = readSync(file, buffer); length > 0; length = readSync(file, buffer)) {
      const text = tail + buffer.toString('latin1', 0, length)
      count += text.split(wanted).length - 1
      tail = text.slice(-(wanted.length - 1))
    }
    return count
  } finally {
    closeSync(file)
  }
}
