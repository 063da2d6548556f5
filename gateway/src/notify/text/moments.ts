// Moments in the reader's zone, and how long something took.

import type { Language } from './language.ts'

/** `22 Nov 2026, 03:14:05 CET`; in UTC where the zone is not known here. */
export const momentText = (atMs: number, timeZone: string, language: Language): string =>
  formatOf(timeZone, language).format(atMs)

// Making one costs as much as a whole message. There are some hundred zones.
const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(timeZone: string, language: Language): Intl.DateTimeFormat {
  const key = `${language} ${timeZone}`
  const known = formats.get(key)
  if (known) return known
  const made = newFormat(timeZone, language)
  if (!made) return formatOf('UTC', language)
  formats.set(key, made)
  return made
}

function newFormat(timeZone: string, language: Language): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat(language === 'fr' ? 'fr-FR' : 'en-GB', {
      timeZone,
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
      timeZoneName: 'short',
    })
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

const STEPS: readonly [ms: number, name: Readonly<Record<Language, string>>][] = [
  [86_400_000, { en: 'd', fr: 'j' }],
  [3_600_000, { en: 'h', fr: 'h' }],
  [60_000, { en: 'min', fr: 'min' }],
  [1_000, { en: 's', fr: 's' }],
]

/** The two largest parts: `2 d 4 h`, `5 min`, `0 s`. */
export function durationText(ms: number, language: Language): string {
  let left = Math.max(0, ms)
  const parts = STEPS.map(([step, name]) => {
    const count = Math.floor(left / step)
    left -= count * step
    return { count, text: `${count} ${name[language]}` }
  })
  const first = parts.findIndex(({ count }) => count > 0)
  if (first < 0) return `0 ${STEPS.at(-1)?.[1][language] ?? ''}`
  return parts
    .slice(first, first + 2)
    .filter(({ count }) => count > 0)
    .map(({ text }) => text)
    .join(' ')
}
