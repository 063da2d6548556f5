// The lanes of one open stream: which lane a record belongs to, and what is wrong with one that belongs to none.

import type { KnownAgent } from './identities.ts'
import { maxFrameBytes, type IngestContext } from './ingest-context.ts'
import type { Lane } from './lane.ts'
import type { BadReason } from './metrics.ts'
import type { Candidate } from './submission.ts'

export type Fault = { readonly reason: BadReason; readonly detail: string }

/** What keeps a record from being offered to its lane; undefined when nothing does. */
export function faultOf(candidate: Candidate, known: KnownAgent, context: IngestContext): Fault | undefined {
  const { tenant, agent } = candidate.chain
  if (tenant !== known.identity.tenant) return { reason: 'tenant', detail: 'the record is of another tenant' }
  if (agent !== known.agent) return { reason: 'agent', detail: 'the record is of another agent' }
  const limit = maxFrameBytes(context)
  if (candidate.bytes.length > limit)
    return { reason: 'too_large', detail: `${candidate.bytes.length} bytes, the log takes ${limit}` }
  return undefined
}

/** True when a lane has as many records waiting as its agent may send. */
export const isCrowded = (lanes: readonly Lane[], window: number): boolean =>
  lanes.some((lane) => lane.waiting >= window)
