// A server program as a child of ours: its last words are kept, and it ends when we say so or when we end.

import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { createServer } from 'node:net'
import { once } from 'node:events'

const KEPT_OUTPUT = 16 * 1024

export type Child = {
  readonly pid: number
  /** Settles when the process has ended, with its exit code or signal. */
  readonly ended: Promise<number | string>
  /** The last 16 KiB of what it printed. */
  output(): string
  /** Sends the signal, then SIGKILL after the grace; resolves when it has ended. */
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<void>
}

/** @throws Error when the program cannot be started at all */
export async function startChild(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<Child> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  let output = ''
  for (const pipe of [child.stdout, child.stderr])
    pipe?.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-KEPT_OUTPUT)))
  const ended = new Promise<number | string>((resolve) =>
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown')),
  )
  await once(child, 'spawn')
  return { pid: child.pid ?? 0, ended, output: () => output, stop: (...how) => stop(child, ended, ...how) }
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

/** A TCP port of the loopback interface that nobody has now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/**
 * Polls until the probe succeeds. @throws Error with the child's last words when it ends or the time is over
 */
export async function waitUntilReady(child: Child, probe: () => Promise<void>, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs
  let exit: number | string | undefined
  void child.ended.then((code) => (exit = code))
  for (;;) {
    try {
      await probe()
      return
    } catch (cause) {
      if (exit !== undefined) throw new Error(`ended with ${exit}: ${child.output()}`, { cause })
      if (performance.now() > deadline) throw new Error(`not ready after ${timeoutMs} ms: ${child.output()}`, { cause })
    }
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
