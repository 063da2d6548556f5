// Waiting for the log to take appends again.

import type { EventLog } from '@secumon/infra/eventlog/event-log'

/** Resolves when the log is connected and reconciled, or when the signal aborts. */
export function logUp(log: EventLog, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      if (isDown(log) && !signal.aborted) return
      unsubscribe()
      signal.removeEventListener('abort', settle)
      resolve()
    }
    const unsubscribe = log.onChange(settle)
    signal.addEventListener('abort', settle)
    settle()
  })
}

/** True when what the log says now proves nothing: it cannot be reached, or may yet be given back what it lost. */
export const isDown = ({ trouble }: EventLog): boolean =>
  trouble === 'disconnected' || trouble === 'not_reconciled'
