// One process at a time: a lock file that names its holder. A holder that died, by kill -9 or with its host, loses
// the lock to the next who asks.

import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { errorCode } from '../error-code.ts'

export class Locked extends Error {
  override readonly name = 'Locked'
}

const ATTEMPTS = 5

/**
 * Takes the lock and returns its release.
 * @throws Locked when a living process holds it
 */
export function acquireLock(path: string): () => void {
  const mine = `${JSON.stringify({ pid: process.pid, ...lifeOf(process.pid), nonce: crypto.randomUUID() })}\n`
  const temporary = `${path}.${process.pid}`
  writeFileSync(temporary, mine, { mode: 0o600 })
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (linked(temporary, path)) return () => release(path, mine)
      evictIfDead(path)
    }
    throw new Locked(`${path} changes hands too fast`)
  } finally {
    unlinkSync(temporary)
  }
}

function linked(temporary: string, path: string): boolean {
  try {
    linkSync(temporary, path)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}

// The rename takes exactly one file away, so that of two who see the same dead holder only one removes it; if it was
// a new holder's after all, it is put back.
function evictIfDead(path: string): void {
  const holder = read(path)
  if (holder === undefined) return
  if (isAlive(holder)) throw new Locked(`${path} is held by process ${holderPid(holder)}`)
  const taken = `${path}.stale.${process.pid}`
  try {
    renameSync(path, taken)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return
    throw error
  }
  if (read(taken) !== holder) linked(taken, path)
  unlinkSync(taken)
}

function isAlive(holder: string): boolean {
  const pid = holderPid(holder)
  if (pid === undefined) return false
  const { boot, started } = parse(holder)
  const now = lifeOf(pid)
  if (now.started === undefined) return false
  return now.boot === boot && now.started === started
}

const holderPid = (holder: string): number | undefined => {
  const { pid } = parse(holder)
  return typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 0 ? pid : undefined
}

function parse(holder: string): { pid?: unknown; boot?: unknown; started?: unknown } {
  try {
    const value: unknown = JSON.parse(holder)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    // A lock written by a dying machine may be torn: nobody holds it.
    return {}
  }
}

// A pid alone is not a life: it is reused, and in a container it is always 1. The start time tells lives apart.
function lifeOf(pid: number): { boot: string | undefined; started: string | undefined } {
  const stat = read(`/proc/${pid}/stat`)
  const started = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  return { boot: read('/proc/sys/kernel/random/boot_id')?.trim(), started: started ?? aliveWithoutProc(pid) }
}

function aliveWithoutProc(pid: number): string | undefined {
  if (process.platform === 'linux') return undefined
  try {
    process.kill(pid, 0)
    return 'alive'
  } catch (error) {
    return errorCode(error) === 'EPERM' ? 'alive' : undefined
  }
}

function release(path: string, mine: string): void {
  if (read(path) === mine) unlinkSync(path)
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ESRCH') return undefined
    throw error
  }
}
