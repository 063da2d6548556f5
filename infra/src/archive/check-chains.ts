// Whether each chain is whole: its records follow one another, name one another, are signed by the epoch's key and lie
// under the subject they were signed for; and whether the envelopes of each aggregate have every version.

import { fromBinary } from '@bufbuild/protobuf'
import { readFrameHeader, readGap, sha256, type ChainIdentity } from '@secumon/contracts/frame'
import { LaneRecordSchema, type LaneRecord } from '@secumon/contracts/gen/frame'
import { signingInput, type SigningContext } from '@secumon/contracts/signing'
import { parseLaneSubject } from '@secumon/contracts/subjects'
import type { SignatureCheck } from '../signature-check.ts'
import type { ChainSpot, Finding, LeafSpot } from './check-findings.ts'
import type { Signer, Signers } from './check-signers.ts'
import type { ChainSpan } from './segment-index.ts'

export type ChainChecks = {
  readonly report: (finding: Finding) => void
  readonly signers: Signers
  /** Undefined: signatures are not looked at. */
  readonly verify?: SignatureCheck
}

/** A frame or gap, as far as its chain is concerned. */
type Link = ChainIdentity & {
  readonly context: SigningContext
  readonly first: number
  readonly last: number
  readonly previousHash?: Uint8Array
  readonly hash: () => Uint8Array
  readonly bytes: Uint8Array
  readonly signature: Uint8Array
}

type Head = { readonly epoch: number; readonly sequence: number; readonly hash: Uint8Array }
export type RecordKind = 'frame' | 'gap' | 'other'

export class ChainBook {
  readonly #checks: ChainChecks
  readonly #heads = new Map<string, Head>()
  readonly #unknown = new Map<string, ChainSpot>()
  signatures = 0

  constructor(checks: ChainChecks) {
    this.#checks = checks
  }

  /** Chains whose key no epoch has named, each with its first record. */
  get unsigned(): readonly ChainSpot[] {
    return [...this.#unknown.values()]
  }

  /** A lane's record, in the order of its leaves. */
  add(spot: LeafSpot, subject: string, payload: Uint8Array): RecordKind {
    const link = linkOf(payload)
    if (!link) return 'other'
    const { agent, epoch, lane } = link
    const place = { ...spot, agent, epoch, lane, sequence: link.first }
    this.#checkSubject(place, link, subject)
    const signer = this.#checks.signers.find(link)
    this.#follow(place, link, signer)
    this.#checkSignature(place, link, signer)
    return link.context === 'frame' ? 'frame' : 'gap'
  }

  /** Takes the end of a chain from an index, where the records themselves are gone. */
  adopt(tenant: string, { agent, epoch, lane, last: sequence, lastHash: hash }: ChainSpan): void {
    const key = `${tenant}/${agent}/${lane}`
    const head = this.#heads.get(key)
    if (head && (head.epoch > epoch || (head.epoch === epoch && head.sequence >= sequence))) return
    this.#heads.set(key, { epoch, sequence, hash })
  }

  #checkSubject(place: ChainSpot, { tenant, agent, lane }: Link, subject: string): void {
    const own = parseLaneSubject(subject)
    if (own?.tenant !== tenant || own.agent !== agent || own.lane !== lane || tenant !== place.tenant)
      this.#checks.report({ kind: 'misplaced', ...place, subject })
  }

  #follow(place: ChainSpot, link: Link, signer: Signer | undefined): void {
    const { epoch, first, last } = link
    const key = `${place.tenant}/${link.agent}/${link.lane}`
    const head = this.#heads.get(key)
    const reached = head && head.epoch >= epoch ? head : undefined
    if (reached && (reached.epoch > epoch || last <= reached.sequence)) {
      const text = `epoch ${reached.epoch} sequence ${reached.sequence}`
      return this.#checks.report({ kind: 'chain-repeated', ...place, reached: text })
    }
    const expected = (reached?.sequence ?? 0) + 1
    // What was before the first record of a chain was perhaps never archived; a later epoch begins at 1.
    if (head && first > expected) this.#checks.report({ kind: 'chain-hole', ...place, expected })
    const before = reached?.hash ?? signer?.anchor
    if (first === expected && before && link.previousHash && !equal(before, link.previousHash))
      this.#checks.report({ kind: 'chain-unlinked', ...place })
    this.#heads.set(key, { epoch, sequence: last, hash: link.hash() })
  }

  #checkSignature(place: ChainSpot, link: Link, signer: Signer | undefined): void {
    const { verify } = this.#checks
    if (!verify) return
    if (!signer) {
      const name = `${link.agent}/${link.lane}/${link.epoch}`
      if (!this.#unknown.has(name)) this.#unknown.set(name, place)
      return
    }
    this.signatures++
    if (!verify(signingInput(link.context, link.bytes), link.signature, signer.key))
      this.#checks.report({ kind: 'signature-bad', ...place })
  }
}

// Undefined for what is no link of a chain, or cannot be read: it is archived as it came.
function linkOf(payload: Uint8Array): Link | undefined {
  try {
    return readLink(fromBinary(LaneRecordSchema, payload).record)
  } catch {
    return undefined
  }
}

function readLink(record: LaneRecord['record']): Link | undefined {
  if (record.case === 'frame') {
    const { frame: bytes, signature } = record.value
    const { sequence, ...header } = readFrameHeader(bytes)
    const hash = () => sha256(bytes)
    return { ...header, context: 'frame', first: sequence, last: sequence, hash, bytes, signature }
  }
  if (record.case !== 'gap') return undefined
  const { gap: bytes, signature } = record.value
  const { hashOfLast, ...header } = readGap(bytes)
  return { ...header, context: 'gap', hash: () => hashOfLast.slice(), bytes, signature }
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0
