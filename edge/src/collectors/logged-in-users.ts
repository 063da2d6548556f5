// Who is logged in: /run/utmp, or systemd-logind's session files where a distribution has no utmp any more.
// Sources: utmp(5) and glibc's bits/utmp.h for the record; sd-login's session files.

import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { CreateCollector, Roots } from './collector.ts'

export const MAX_USERS = 100
const USER_PROCESS = 7
/** 384 bytes with 32-bit times; 400 on the 64-bit architectures that never had a 32-bit ABI to agree with. */
const RECORD_BYTES = 384
const WIDE_RECORD_BYTES = 400
const WIDE_ARCHITECTURES: ReadonlySet<string> = new Set(['arm64', 'riscv64', 'loong64'])

export type User = {
  readonly name: string
  readonly terminal: string
  readonly host: string
  readonly sinceMs: bigint
}

/** Measures `system.users`; absent where the host keeps no record of logins. */
export const createLoggedInUsersCollector: CreateCollector = ({ roots }) => ({
  name: 'logged-in-users',
  collect() {
    const users = fromUtmp(roots) ?? fromSessions(roots)
    if (!users) return {}
    return { host: { systemUsers: users.length }, loggedInUsers: users.slice(0, MAX_USERS) }
  },
})

function fromUtmp({ proc, root }: Roots): User[] | undefined {
  const path = join(root, 'run/utmp')
  if (!existsSync(path)) return undefined
  return parseUtmp(readFileSync(path))
    .filter(({ pid }) => existsSync(join(proc, String(pid))))
    .map(({ user }) => user)
}

/** Every user record with the process that leads the login; a dead process means the record is stale. */
export function parseUtmp(bytes: Buffer, architecture: string = process.arch): { pid: number; user: User }[] {
  const size = recordBytes(bytes.length, architecture)
  const logins: { pid: number; user: User }[] = []
  for (let at = 0; at + size <= bytes.length; at += size) {
    const record = bytes.subarray(at, at + size)
    if (record.readInt16LE(0) === USER_PROCESS)
      logins.push({ pid: record.readInt32LE(4), user: userOf(record) })
  }
  return logins
}

function recordBytes(total: number, architecture: string): number {
  const fits = [RECORD_BYTES, WIDE_RECORD_BYTES].filter((size) => total % size === 0)
  if (fits.length === 1 && fits[0] !== undefined) return fits[0]
  return WIDE_ARCHITECTURES.has(architecture) ? WIDE_RECORD_BYTES : RECORD_BYTES
}

function userOf(record: Buffer): User {
  const seconds =
    record.length === RECORD_BYTES ? BigInt(record.readUInt32LE(340)) : record.readBigInt64LE(344)
  return {
    terminal: text(record, 8, 32),
    name: text(record, 44, 32),
    host: text(record, 76, 256),
    sinceMs: seconds * 1000n,
  }
}

function text(record: Buffer, start: number, length: number): string {
  const field = record.subarray(start, start + length)
  const end = field.indexOf(0)
  return field.toString('utf8', 0, end < 0 ? length : end)
}

function fromSessions({ root }: Roots): User[] | undefined {
  const directory = join(root, 'run/systemd/sessions')
  if (!existsSync(directory)) return undefined
  return readdirSync(directory)
    .filter((name) => /^\w+$/.test(name))
    .map((name) => parseSession(readFileSync(join(directory, name), 'utf8')))
    .filter((user) => user !== undefined)
}

/** A session file is lines of KEY=value; only sessions of class `user` that are not closing count. */
export function parseSession(file: string): User | undefined {
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(file)?.[1] ?? ''
  if (!/^user(-early)?$/.test(value('CLASS')) || value('STATE') === 'closing') return undefined
  const sinceMs = BigInt(/^\d+$/.exec(value('REALTIME'))?.[0] ?? 0) / 1000n
  return { name: value('USER'), terminal: value('TTY'), host: value('REMOTE_HOST'), sinceMs }
}
