// A server program as a child of ours: its last words are kept, and it ends when we say so or when we end.

import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { guardProcess, type Guard } from './guard.ts'

export { freePort } from './ports.ts'

const KEPT_OUTPUT = 16 * 1024

export type ChildOptions = SpawnOptions & {
  /** Ends the child when this process is gone without having stopped it. */
  readonly guard?: Guard
  /** With an `ipc` pipe: what the child sends. */
  readonly onMessage?: (message: unknown) => void
}

export type Child = {
  readonly pid: number
  /** Settles when the process has ended, with its exit code or signal. */
  readonly ended: Promise<number | string>
  /** The last 16 KiB of what it printed. */
  output(): string
  /** With an `ipc` pipe: tells the child. */
  send(message: string): void
  /** Sends the signal, then SIGKILL after the grace; resolves when it has ended. */
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<void>
}

/** @throws Error when the program cannot be started at all */
export async function startChild(
  command: string,
  args: readonly string[],
  options: ChildOptions = {},
): Promise<Child> {
  const { guard, onMessage, ...spawning } = options
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...spawning })
  let output = ''
  for (const pipe of [child.stdout, child.stderr])
    pipe?.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-KEPT_OUTPUT)))
  const ended = new Promise<number | string>((resolve) =>
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown')),
  )
  if (onMessage) child.on('message', onMessage)
  await once(child, 'spawn')
  const pid = child.pid ?? 0
  if (guard !== undefined) void ended.then(guardProcess(pid, guard))
  return {
    pid,
    ended,
    output: () => output,
    send: (message) => void child.send(message),
    stop: (...how) => stop(child, ended, ...how),
  }
}

async function stop(
  child: ChildProcess,
  ended: Promise<unknown>,
  signal: NodeJS.Signals = 'SIGTERM',
  graceMs = 5_000,
): Promise<void> {
  child.kill(signal)
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
  await ended
  clearTimeout(timer)
}

/** A program that ended before it was ready, or was not ready in time; the message carries its last words. */
export class ChildNotReady extends Error {
  override readonly name = 'ChildNotReady'
}

/**
 * Polls until the probe succeeds. @throws ChildNotReady when it ends or the time is over
 */
export async function waitUntilReady(
  child: Child,
  probe: () => Promise<void>,
  timeoutMs: number,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  let exit: number | string | undefined
  void child.ended.then((code) => (exit = code))
  for (;;) {
    try {
      await probe()
      return
    } catch (cause) {
      if (exit !== undefined) throw new ChildNotReady(`ended with ${exit}: ${child.output()}`, { cause })
      if (performance.now() > deadline)
        throw new ChildNotReady(`not ready after ${timeoutMs} ms: ${child.output()}`, { cause })
    }
    await sleep(25)
  }
}

/** Runs a program to its end. @throws Error with its last words when it fails or takes too long */
export async function runToEnd(
  command: string,
  args: readonly string[],
  options: ChildOptions & { readonly timeoutMs: number },
): Promise<string> {
  const { timeoutMs, ...starting } = options
  const child = await startChild(command, args, starting)
  const timer = setTimeout(() => void child.stop('SIGKILL'), timeoutMs)
  const exit = await child.ended
  clearTimeout(timer)
  if (exit !== 0) throw new Error(`${command} ended with ${exit}: ${child.output()}`)
  return child.output()
}
