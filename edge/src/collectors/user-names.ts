// Names of local users, from /etc/passwd, read again when the file changes.

import { readFileSync, statSync } from 'node:fs'

/** Returns the name of a uid; the number itself for users that the file does not know; '' for none. */
export function createUserNames(passwdPath: string): (uid: number | undefined) => string {
  let names: ReadonlyMap<number, string> = new Map()
  let readMs = NaN
  return (uid) => {
    if (uid === undefined) return ''
    const changedMs = statSync(passwdPath, { throwIfNoEntry: false })?.mtimeMs ?? 0
    if (changedMs !== readMs) {
      names = changedMs > 0 ? parsePasswd(readFileSync(passwdPath, 'utf8')) : new Map()
      readMs = changedMs
    }
    return names.get(uid) ?? String(uid)
  }
}

function parsePasswd(passwd: string): Map<number, string> {
  const names = new Map<number, string>()
  for (const line of passwd.split('\n')) {
    const [name, , uid] = line.split(':', 3)
    if (name && uid && !names.has(Number(uid))) names.set(Number(uid), name)
  }
  return names
}
