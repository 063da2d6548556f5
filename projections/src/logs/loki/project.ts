// Log lines in Loki: every line is sent before the checkpoint moves, and again where a crash comes between; Loki takes
// the same entry once.

import type { Logger } from 'pino'
import type { AfterCommit, Fact, Projector } from '../../projector.ts'
import { frameLines, gapLine, weightOf } from '../frame-lines.ts'
import { liveLinesBook, type Live } from '../live-lines.ts'
import { entryOf, labelsOf } from './loki-entries.ts'
import { pushLines, type Labelled, type PushOptions } from './loki-push.ts'

export type LokiProjectorOptions = PushOptions & {
  /** Absent: nobody is told. */
  readonly live?: Live
  readonly logger: Logger
}

/** UTF-16 units that the lines weigh which are held before they are sent. */
const MAX_HELD = 8 * 1024 ** 2

/** A checkpoint of its own: who changes over begins with what the log holds. */
export function lokiProjector(options: LokiProjectorOptions): Projector {
  return {
    name: 'logs-loki',
    version: 1,
    feeds: ['logs'],
    sink: 'idempotent',
    // What is damaged is a dead letter before anything is sent.
    prepare(fact) {
      for (const _ of linesOf(fact));
    },
    project: (batch) => send(options, batch),
  }
}

const linesOf = (fact: Fact) =>
  fact.kind === 'frame' ? frameLines(fact) : fact.kind === 'gap' ? [gapLine(fact)] : []

async function send(options: LokiProjectorOptions, batch: readonly Fact[]): Promise<AfterCommit> {
  const book = liveLinesBook()
  const held = new Map<string, Labelled[]>()
  let characters = 0
  for (const fact of batch) {
    if (fact.kind !== 'frame' && fact.kind !== 'gap') continue
    const { tenant, agent } = fact.header
    const its = held.get(tenant) ?? []
    held.set(tenant, its)
    for (const line of linesOf(fact)) {
      its.push({ labels: labelsOf(tenant, agent, line), entry: entryOf(line) })
      book.add(tenant, { agent, line })
      characters += weightOf(line)
    }
    if (characters < MAX_HELD) continue
    await flush(options, held)
    characters = 0
  }
  await flush(options, held)
  const tell = book.take()
  return () => options.live && tell(options.live)
}

async function flush(options: LokiProjectorOptions, held: Map<string, Labelled[]>): Promise<void> {
  for (const [tenant, lines] of held) {
    const leftAside = await pushLines(options, tenant, lines)
    if (leftAside.lines > 0)
      options.logger.warn(
        { tenant, ...leftAside },
        'Loki will never take some lines as they are: the archive alone has them',
      )
  }
  held.clear()
}
