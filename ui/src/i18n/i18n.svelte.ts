// The texts, numbers and times of the viewer's language. Components read `t.key` and the functions below.

import { browserTimeZone } from '../lib/browser-zone.ts'
import { preferences } from '../state/preferences.svelte.ts'
import { numberFormat } from '../shape/formatters.ts'
import { formatExact, formatNumber, type DisplayUnit, type Scale } from '../shape/number-format.ts'
import { formatAbsolute, formatAge, formatDay, formatDuration } from '../shape/time-format.ts'
import { en, type Messages } from './en.ts'
import { fr } from './fr.ts'

const DICTIONARIES: Readonly<Record<'en' | 'fr', Messages>> = { en, fr }
/** British English for dates: 24 h, day before month. */
const LOCALES = { en: 'en-GB', fr: 'fr-FR' } as const

class Words {
  readonly #messages = $derived(DICTIONARIES[preferences.language])
  readonly #locale = $derived(LOCALES[preferences.language])

  get t(): Messages {
    return this.#messages
  }
  get locale(): string {
    return this.#locale
  }
  get language(): 'en' | 'fr' {
    return preferences.language
  }
  number = (value: number | null | undefined, unit: DisplayUnit, scale?: Scale): string =>
    formatNumber(value, unit, this.#locale, scale)
  exact = (value: number | null | undefined, unit: DisplayUnit): string =>
    formatExact(value, unit, this.#locale)
  /** A count in full, digits grouped. */
  whole = (count: number): string => numberFormat('whole', this.#locale, {}).format(count)
  age = (atMs: number, nowMs: number): string => formatAge(atMs, nowMs, this.#locale)
  duration = (durationMs: number): string => formatDuration(durationMs, this.#locale)
  day = (day: string): string => formatDay(day, this.#locale)
  /** The zone that times are told in. */
  readonly zone = browserTimeZone()
  absolute = (atMs: number): string => formatAbsolute(atMs, this.#locale)
}

export const words = new Words()
