// Other processes of this machine: is one alive, what is it, and ending one that an earlier run left behind.

import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { runToEnd } from './child.ts'

/** Whether a process has that number now, ours or not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** The command line of a process, words separated by spaces; undefined when there is none to be seen. */
export async function commandLine(pid: number): Promise<string | undefined> {
  if (!isAlive(pid)) return undefined
  const reading =
    process.platform === 'linux'
      ? readFile(`/proc/${pid}/cmdline`, 'utf8').then((text) => text.replaceAll('\0', ' '))
      : runToEnd('ps', ['-o', 'args=', '-p', String(pid)], { timeoutMs: 5_000 })
  const line = await reading.catch(() => '')
  return line.trim() === '' ? undefined : line.trim()
}

export type Leftover = {
  /** Its first line is the number of the process. */
  readonly pidFile: string
  /** Stands in the command line of the process we mean and of no other. */
  readonly marker: string
  readonly signal: NodeJS.Signals
  readonly timeoutMs?: number
}

/**
 * Ends the server that an earlier run left behind, if it is still the one of the pid file.
 * @returns its number when there was one @throws Error when it does not end in time
 */
export async function endLeftover(leftover: Leftover): Promise<number | undefined> {
  const pid = await pidIn(leftover.pidFile)
  if (pid === undefined || !(await commandLine(pid))?.includes(leftover.marker)) return undefined
  process.kill(pid, leftover.signal)
  if (!(await hasEnded(pid, leftover.timeoutMs ?? 20_000)))
    throw new Error(`process ${pid} of an earlier start does not end; end it with: kill -9 ${pid}`)
  return pid
}

/** The process number in the first line of a file; undefined when the file is not there or says something else. */
export async function pidIn(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const pid = Number(text.split('\n')[0]?.trim())
  return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined
}

/** Waits for the end of a process that is not our child; false when it still lives after the time. */
export async function hasEnded(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs
  while (isAlive(pid)) {
    if (performance.now() > deadline) return false
    await sleep(25)
  }
  return true
}
