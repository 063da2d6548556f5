// The event log for a command that has to write to it: it waits a moment until that can be done.

import type { NatsEventLog } from '@secumon/infra/eventlog/connect-event-log'
import { untilReadable } from '@secumon/projections/log-readable'
import { Exit, exitCode } from './exit.ts'
import type { Platform } from './platform.ts'

const PATIENCE_MS = 10_000

/** @throws Exit 69 when the log cannot be used within ten seconds, or as many as are given */
export async function readableLog(
  platform: Pick<Platform, 'log'>,
  { patienceMs = PATIENCE_MS, done = 'nothing was changed' } = {},
): Promise<NatsEventLog> {
  const log = await platform.log()
  const signal = AbortSignal.timeout(patienceMs)
  await untilReadable(log, signal)
  if (signal.aborted)
    throw new Exit(exitCode.unavailable, `${done}: the event log is ${log.trouble ?? 'slow'}`)
  return log
}
