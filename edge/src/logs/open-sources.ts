// The sources that the configuration names, each where an earlier run left it.

import type { Wake } from '../uplink/wake.ts'
import { openFileSource } from './file-source.ts'
import { openJournalSource } from './journal-source.ts'
import type { LogSource, SourceOptions } from './log-source.ts'
import type { LogsConfig } from './logs-config.ts'
import type { LossLedger } from './loss-ledger.ts'
import type { LogsNote } from './note.ts'

export type OpenSourcesOptions = Pick<SourceOptions, 'clock' | 'logger'> & {
  readonly config: LogsConfig
  readonly note: LogsNote
  readonly losses: LossLedger
  /** A source has something to read. */
  readonly wake: Pick<Wake, 'notify'>
}

/** Rejects when one of them cannot be opened; the others are closed then. */
export async function openSources(options: OpenSourcesOptions): Promise<LogSource[]> {
  const sources: LogSource[] = []
  try {
    for await (const source of opening(options)) sources.push(source)
    return sources
  } catch (error) {
    for (const source of sources) await source.close()
    throw error
  }
}

async function* opening({ config, note, losses, wake, clock, logger }: OpenSourcesOptions) {
  const room = { followed: 0 }
  const optionsOf = (name: string): SourceOptions => ({
    clock,
    logger,
    position: note.positions.get(name),
    leftAtMs: note.savedAtMs,
    lose: (loss) => losses.add(name, loss),
  })
  for (const file of config.files) yield openFileSource({ ...optionsOf(file.name), config: file, room })
  const { journal } = config
  if (journal)
    yield openJournalSource({ ...optionsOf(journal.name), config: journal, wake: () => wake.notify() })
}
