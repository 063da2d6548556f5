// A role of the platform as a process that writes its log to a file, which outlives it.

import { closeSync, openSync } from 'node:fs'
import { SERVER_NODE_FLAGS } from '@secumon/app/node-flags'
import { startChild, waitUntilReady, type Child } from '@secumon/infra/embedded/child'
import { SECUMON } from '../platform.ts'

const START_TIMEOUT_MS = 45_000

export type ProgramProcess = {
  readonly command: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** Appended to. */
  readonly logFile: string
}

export const roleCommand = (role: string): Pick<ProgramProcess, 'command' | 'args'> => ({
  command: process.execPath,
  args: [...SERVER_NODE_FLAGS, SECUMON, 'run', role],
})

/** Resolves once the process has said that it is ready. @throws ChildNotReady */
export async function startProgram({ command, args, environment, logFile }: ProgramProcess): Promise<Child> {
  let isReady = false
  const log = openSync(logFile, 'a')
  try {
    const child = await startChild(command, args, {
      env: { ...process.env, ...environment },
      stdio: ['ignore', log, log, 'ipc'],
      guard: { signal: 'SIGKILL', afterS: 0 },
      onMessage: () => (isReady = true),
    })
    await waitUntilReady(
      child,
      () => (isReady ? Promise.resolve() : Promise.reject(new Error(`see ${logFile}`))),
      START_TIMEOUT_MS,
    ).catch(async (error: unknown) => {
      await child.stop('SIGKILL')
      throw error
    })
    return child
  } finally {
    closeSync(log)
  }
}
