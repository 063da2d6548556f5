// Tells whoever follows a tenant's logs what has just been committed, over core NATS. Bounded: of a flood the newest
// lines are told, and how many were not.

import { liveLogsSubject } from '@secumon/contracts/subjects'
import type { EventLog } from '@secumon/infra/eventlog/event-log'
import { asLogLine, type ReadLine } from './frame-lines.ts'
import type { LogLine } from './queries/log-line.ts'

export type Live = Pick<EventLog, 'publishLive'>

/** What is told on the live subject of a tenant's logs, as JSON. */
export type LiveLines = {
  /** Oldest first. */
  readonly lines: readonly LogLine[]
  /** Lines before them that were too many. */
  readonly skipped: number
}

/** Of one tenant and one commit. */
const MAX_LINES = 500
/** A message of the log server holds a mebibyte. */
const MAX_BYTES = 512 * 1024

type Told = { readonly agent: string; readonly line: ReadLine }
type OfTenant = { newest: Told[]; count: number }

export type LiveLinesBook = {
  add(tenant: string, told: Told): void
  /** What was added, to be told once it is committed; it is forgotten here. */
  take(): (live: Live) => void
  clear(): void
}

/** Collects the lines of a commit. */
export function liveLinesBook(): LiveLinesBook {
  let tenants = new Map<string, OfTenant>()
  return {
    add(tenant, told) {
      const known = tenants.get(tenant)
      const its = known ?? { newest: [], count: 0 }
      if (!known) tenants.set(tenant, its)
      its.count++
      // A ring: what is overwritten is the oldest.
      its.newest[(its.count - 1) % MAX_LINES] = told
    },
    take() {
      const taken = tenants
      tenants = new Map()
      return (live) => {
        for (const [tenant, its] of taken) live.publishLive(liveLogsSubject(tenant), encoded(its))
      }
    },
    clear: () => tenants.clear(),
  }
}

function encoded({ newest, count }: OfTenant): Uint8Array {
  const start = count > MAX_LINES ? count % MAX_LINES : 0
  const lines: string[] = []
  let bytes = 0
  for (let i = newest.length - 1; i >= 0; i--) {
    const told = newest[(start + i) % MAX_LINES]
    if (!told) break
    const line = JSON.stringify(asLogLine(told.line, told.agent))
    bytes += Buffer.byteLength(line)
    if (bytes > MAX_BYTES) break
    lines.push(line)
  }
  const skipped = count - lines.length
  return Buffer.from(`{"lines":[${lines.toReversed().join(',')}],"skipped":${skipped}}`)
}
