// Who may sign a chain, and what its first record names: by the epochs that the archive itself holds.

import { fromBinary } from '@bufbuild/protobuf'
import { epochAnchor } from '@secumon/contracts/epoch'
import { EnvelopeSchema } from '@secumon/contracts/gen/envelope'
import type { EpochStarted } from '@secumon/contracts/gen/identity'
import { laneName, type LaneName } from '@secumon/contracts/lanes'
import { publicKeyFromRaw } from '@secumon/contracts/signing'
import { parseEventSubject } from '@secumon/contracts/subjects'
import type { KeyObject } from 'node:crypto'
import type { ArchiveKeys } from './archive.ts'
import { SegmentWalk, type CheckSource } from './check-segment.ts'

export type Signer = { readonly key: KeyObject; readonly anchor: Uint8Array }
export type ChainName = { readonly agent: string; readonly lane: LaneName; readonly epoch: number }

export class Signers {
  readonly #epochs = new Map<string, Signer>()

  find(chain: ChainName): Signer | undefined {
    return this.#epochs.get(nameOf(chain))
  }

  /** Learns from an envelope of the aggregate `identity`; any other record says nothing. */
  learn(subject: string, payload: Uint8Array): void {
    if (parseEventSubject(subject)?.aggregate !== 'identity') return
    for (const { event } of fromBinary(EnvelopeSchema, payload).events)
      if (event.case === 'epochStarted') this.#take(event.value)
  }

  // A later event cannot change who signed an epoch: the first one counts, a second is a fork.
  #take(started: EpochStarted): void {
    const lane = laneName(started.lane)
    if (lane === undefined) return
    const name = nameOf({ agent: started.agent, lane, epoch: Number(started.epoch) })
    if (this.#epochs.has(name)) return
    this.#epochs.set(name, { key: publicKeyFromRaw(started.publicKey), anchor: epochAnchor(started) })
  }
}

/** Reads the identities of these segments of events; what is damaged in them is another pass's to tell. */
export async function readSigners(
  sources: readonly CheckSource[],
  keys: Pick<ArchiveKeys, 'find'>,
): Promise<Signers> {
  const signers = new Signers()
  for (const source of sources) {
    const walk = new SegmentWalk(source, { keys, report: () => undefined, untilFlush: Infinity })
    for await (const { records } of walk.blocks())
      for (const record of records ?? []) if (record) learnFrom(signers, record)
  }
  return signers
}

function learnFrom(signers: Signers, { subject, payload }: { subject: string; payload: Uint8Array }): void {
  try {
    signers.learn(subject, payload)
  } catch {
    // Not an envelope, or with a key that is none: whoever it was for is then unknown.
  }
}

const nameOf = ({ agent, lane, epoch }: ChainName): string => `${agent}/${lane}/${epoch}`
