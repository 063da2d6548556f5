// Ends a server when the process that started it is gone, however that went: a shell waits on a pipe that only we hold.

import { spawn } from 'node:child_process'
import { Socket } from 'node:net'

export type Guard = {
  /** What ends the server cleanly. */
  readonly signal: NodeJS.Signals
  /** Seconds between our end and the signal, in which clients of the server may finish. */
  readonly afterS: number
}

const script = 'cat >/dev/null; sleep "$3"; kill -s "$2" "$1"'

/** Watches over `pid`; call what it returns once the server has ended, before its number is used again. */
export function guardProcess(pid: number, guard: Guard): () => void {
  const args = [String(pid), guard.signal.replace('SIG', ''), String(guard.afterS)]
  const shell = spawn('sh', ['-c', script, 'secumon-guard', ...args], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  shell.on('error', () => undefined)
  shell.unref()
  if (shell.stdin instanceof Socket) shell.stdin.unref()
  return () => void shell.kill('SIGKILL')
}
