// A project loop as a part of a role: started, asked for its health, stopped.

import { runProjector, type ProjectOptions, type Progress } from './project.ts'

export type ProjectorHandle = {
  /** Resolves when the transaction under way is committed and the loop has ended. */
  stop(): Promise<void>
  /** Undefined before the first commit. */
  progress(): Progress | undefined
}

/** Starts a loop. It never fails: trouble is waited out. */
export function startProjector(options: Omit<ProjectOptions, 'signal'>): ProjectorHandle {
  const stopping = new AbortController()
  let progress: Progress | undefined
  const done = runProjector({
    ...options,
    signal: stopping.signal,
    onProgress(made) {
      progress = made
      options.onProgress?.(made)
    },
  })
  return {
    progress: () => progress,
    async stop() {
      stopping.abort()
      await done
    },
  }
}
