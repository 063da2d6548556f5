// Silences by one label that each wants to be equal to something: an alert is compared with few of a thousand.

import { MatchOperator, type Matcher } from '@secumon/contracts/gen/muting'
import { matchesAll, type Labels } from '../matching/matchers.ts'

export type HeldSilence = {
  /** ULID. */
  readonly id: string
  readonly matchers: readonly Matcher[]
  readonly reason: string
  readonly startsAtMs: number
  readonly expiresAtMs: number
}

export class SilenceIndex {
  readonly #all = new Map<string, HeldSilence>()
  readonly #places = new Map<string, Set<string>>()

  get(id: string): HeldSilence | undefined {
    return this.#all.get(id)
  }

  all(): Iterable<HeldSilence> {
    return this.#all.values()
  }

  put(silence: HeldSilence): void {
    this.remove(silence.id)
    this.#all.set(silence.id, silence)
    const place = placeOf(silence.matchers)
    const ids = this.#places.get(place)
    if (ids) ids.add(silence.id)
    else this.#places.set(place, new Set([silence.id]))
  }

  remove(id: string): HeldSilence | undefined {
    const held = this.#all.get(id)
    if (!held) return undefined
    this.#all.delete(id)
    const place = placeOf(held.matchers)
    const ids = this.#places.get(place)
    ids?.delete(id)
    if (ids?.size === 0) this.#places.delete(place)
    return held
  }

  /** Of the silences that mute these labels at this moment, the one that lasts longest; of two alike the older one. */
  covering(labels: Labels, atMs: number): HeldSilence | undefined {
    let found: HeldSilence | undefined
    for (const place of placesOf(labels))
      for (const id of this.#places.get(place) ?? []) {
        const silence = this.#all.get(id)
        if (!silence || atMs < silence.startsAtMs || atMs >= silence.expiresAtMs) continue
        if (isBetter(silence, found) && matchesAll(silence.matchers, labels)) found = silence
      }
    return found
  }
}

const ANYWHERE = ''

// What an alert does not have is equal to nothing, so an empty value is no place.
function placeOf(matchers: readonly Matcher[]): string {
  const equal = matchers.find(({ operator, value }) => operator === MatchOperator.EQUAL && value !== '')
  return equal ? `${equal.label}=${equal.value}` : ANYWHERE
}

const placesOf = (labels: Labels): string[] => [
  ...Object.entries(labels).map(([label, value]) => `${label}=${value}`),
  ANYWHERE,
]

function isBetter(a: HeldSilence, b: HeldSilence | undefined): boolean {
  if (!b) return true
  return a.expiresAtMs === b.expiresAtMs ? a.id < b.id : a.expiresAtMs > b.expiresAtMs
}
