// One process at a time: a symbolic link that names its holder, made and read in one step, and made even on a full
// disk. A holder that died, by kill -9 or with its host, loses the lock to the next who asks; one in another container,
// whose processes cannot be looked at, when it has not touched its lock for a while.

import { lstatSync, readFileSync, readlinkSync, renameSync, symlinkSync, unlinkSync } from 'node:fs'
import { errorCode } from '../error-code.ts'
import { keepFresh } from './lock-heartbeat.ts'

/** A living process holds the lock. */
export class Locked extends Error {
  override readonly name = 'Locked'
}

const ATTEMPTS = 5
/** A holder that cannot be looked at is dead when its lock is older than this. */
const STALE_MS = 15_000

/**
 * Takes the lock and returns its release.
 * @throws Locked when a living process holds it
 */
export function acquireLock(path: string): () => void {
  const mine = lifeOf(process.pid) ?? `${process.pid}:unknown`
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (linked(mine, path)) return releaseOnce(path, mine)
    evictIfDead(path)
  }
  throw new Locked(`${path} changes hands too fast`)
}

function linked(holder: string, path: string): boolean {
  try {
    symlinkSync(holder, path)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}

// The rename takes exactly one lock away, so that of two who see the same dead holder only one removes it; if it was
// a new holder's after all, it is put back.
function evictIfDead(path: string): void {
  const holder = holderOf(path)
  if (holder !== undefined && isHeld(path, holder))
    throw new Locked(`${path} is held by process ${holder.split(':')[0]}`)
  const taken = `${path}.stale.${process.pid}`
  try {
    renameSync(path, taken)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return
    throw error
  }
  const evicted = holderOf(taken)
  if (evicted !== undefined && evicted !== holder) linked(evicted, path)
  unlinkSync(taken)
}

function isHeld(path: string, holder: string): boolean {
  const [pid, , boot, processes] = holder.split(':')
  const isElsewhere = processes !== undefined && processes !== PROCESSES && boot === BOOT
  if (isElsewhere) return Math.abs(Date.now() - (touchedAtMs(path) ?? 0)) < STALE_MS
  const life = Number(pid) > 0 ? lifeOf(Number(pid)) : undefined
  // An agent of an older version does not name its container.
  return life !== undefined && (life === holder || life.startsWith(`${holder}:`))
}

// A pid alone is not a life: it is reused, and in a container it is always 1. Start time and boot tell lives apart.
function lifeOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return isAlive(pid) ? `${pid}:alive` : undefined
  const stat = contentOf(`/proc/${pid}/stat`)
  const started = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  return started && `${pid}:${started}:${BOOT}:${PROCESSES}`
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
}

function releaseOnce(path: string, mine: string): () => void {
  const forget = keepFresh(path, mine)
  let isMine = true
  return () => {
    forget()
    if (isMine && holderOf(path) === mine) unlinkSync(path)
    isMine = false
  }
}

// Undefined for no lock, and for something that is none.
function holderOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'EINVAL') return undefined
    throw error
  }
}

const touchedAtMs = (path: string): number | undefined => lstatSync(path, { throwIfNoEntry: false })?.mtimeMs

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ESRCH') return undefined
    throw error
  }
}

const BOOT = contentOf('/proc/sys/kernel/random/boot_id')?.trim()
// Processes of one namespace see each other; containers have one each.
const PROCESSES = namespaceOf('/proc/self/ns/pid')

function namespaceOf(path: string): string {
  try {
    return /\d+/.exec(readlinkSync(path))?.[0] ?? ''
  } catch {
    return ''
  }
}
