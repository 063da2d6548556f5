// The `secumon` command as somebody at a terminal runs it, for tests: a process of its own.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** The program itself. */
export const SECUMON = join(import.meta.dirname, '../secumon.ts')
const PATIENCE_MS = 30_000
/** Says nothing to the program: Node keeps what it has compiled there. */
const COMPILED = 'NODE_COMPILE_CACHE'

export type Ending = {
  /** Null when it did not end in 30 s. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Both, one after the other. */
  readonly output: string
}

/** Runs it to its end, with nothing of our environment but what is given. @param input what is typed */
export async function secumon(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  input = '',
): Promise<Ending> {
  const env = { PATH: process.env['PATH'], [COMPILED]: process.env[COMPILED], ...environment }
  const child = spawn(process.execPath, [SECUMON, ...args], { env, timeout: PATIENCE_MS })
  const { promise, resolve, reject } = Promise.withResolvers<number | null>()
  child.on('error', reject).on('close', resolve)
  child.stdin.on('error', () => undefined).end(input)
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), promise])
  return { code, stdout, stderr, output: stdout + stderr }
}
