// Whether the envelopes of each aggregate are all there: versions from 1 on, each once.

import type { Finding, LeafSpot } from './check-findings.ts'
import { placeOf } from './record-place.ts'

export class VersionBook {
  readonly #report: (finding: Finding) => void
  readonly #versions = new Map<string, number>()

  constructor(report: (finding: Finding) => void) {
    this.#report = report
  }

  /** An envelope, in the order of its leaves; false when it is none. */
  add(spot: LeafSpot, subject: string, payload: Uint8Array): boolean {
    const place = placeOf(subject, payload)
    if (place?.type !== 'aggregate') return false
    const { aggregate, id, version } = place
    const key = `${spot.tenant}/${aggregate}/${id}`
    const last = this.#versions.get(key) ?? 0
    const expected = last + 1
    const found = { ...spot, aggregate, id, version, expected }
    if (version > expected) this.#report({ kind: 'version-hole', ...found })
    if (version < expected) this.#report({ kind: 'version-repeated', ...found })
    this.#versions.set(key, Math.max(last, version))
    return true
  }

  /** Takes a version from an index, where the envelopes themselves are gone. */
  adopt(
    tenant: string,
    { aggregate, id, lastVersion }: { aggregate: string; id: string; lastVersion: number },
  ): void {
    const key = `${tenant}/${aggregate}/${id}`
    this.#versions.set(key, Math.max(this.#versions.get(key) ?? 0, lastVersion))
  }
}
