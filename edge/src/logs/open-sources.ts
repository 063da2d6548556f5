// The sources that the configuration names, each where an earlier run left it.

import type { HostClock } from '../host-clock.ts'
import type { EdgeLogger } from '../log.ts'
import type { Wake } from '../uplink/wake.ts'
import { openFileSource } from './file-source.ts'
import { openJournalSource } from './journal-source.ts'
import type { LogSource } from './log-source.ts'
import type { LogsConfig } from './logs-config.ts'

export type OpenSourcesOptions = {
  readonly config: LogsConfig
  readonly clock: HostClock
  readonly logger: EdgeLogger
  readonly positions: ReadonlyMap<string, unknown>
  /** A source has something to read. */
  readonly wake: Pick<Wake, 'notify'>
}

export async function openSources(options: OpenSourcesOptions): Promise<LogSource[]> {
  const { config, clock, logger, positions, wake } = options
  const sources: LogSource[] = []
  const room = { followed: 0 }
  for (const file of config.files) {
    const position = positions.get(file.name)
    sources.push(await openFileSource({ config: file, clock, logger, position, room }))
  }
  if (config.journal) {
    const { journal } = config
    const position = positions.get(journal.name)
    const wakeUp = (): void => wake.notify()
    sources.push(await openJournalSource({ config: journal, clock, logger, position, wake: wakeUp }))
  }
  return sources
}
