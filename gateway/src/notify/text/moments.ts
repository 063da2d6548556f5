// Moments in the reader's zone, and how long something took.

import type { Language } from './language.ts'

/** `22 Nov 2026, 03:14:05 CET`; in UTC where the zone is not known here. */
export function momentText(atMs: number, timeZone: string, language: Language): string {
  const locale = language === 'fr' ? 'fr-FR' : 'en-GB'
  return new Intl.DateTimeFormat(locale, {
    timeZone: knownZone(timeZone),
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  }).format(atMs)
}

function knownZone(timeZone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone
  } catch {
    return 'UTC'
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
