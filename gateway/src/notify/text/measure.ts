// Values with their units, as the metric catalogue has them, in a reader's language.

import { metricOf, type Unit } from '@secumon/contracts/metrics'
import { durationText } from './moments.ts'
import type { Language } from './language.ts'

// What the platform says of itself is in no catalogue; the name ends in the unit.
const PLATFORM_UNITS: readonly [ending: string, unit: Unit][] = [
  ['_seconds', 'seconds'],
  ['_percent', 'percent'],
]

const BYTE_STEPS: Readonly<Record<Language, readonly string[]>> = {
  en: ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'],
  fr: ['o', 'Kio', 'Mio', 'Gio', 'Tio', 'Pio'],
}

/** `96.2 %`, `1.5 GiB`, `12.3 MiB/s`, `71 °C`, `4 min`; of a metric that nobody knows the bare number. */
export function measureText(metric: string, value: number, language: Language): string {
  const known = metricOf(metric)
  const unit = known?.unit ?? PLATFORM_UNITS.find(([ending]) => metric.endsWith(ending))?.[1] ?? 'count'
  const text = withUnit(value, unit, language)
  return known?.kind === 'delta' ? `${text}/s` : text
}

function withUnit(value: number, unit: Unit, language: Language): string {
  switch (unit) {
    case 'percent':
      return `${numberText(value, language)} %`
    case 'bytes':
      return bytesText(value, language)
    case 'seconds':
      return durationText(value * 1_000, language)
    case 'milliseconds':
      return `${numberText(value, language)} ms`
    case 'celsius':
      return `${numberText(value, language)} °C`
    case 'count':
      return numberText(value, language)
  }
}

function bytesText(bytes: number, language: Language): string {
  const steps = BYTE_STEPS[language]
  const step = Math.min(steps.length - 1, Math.floor(Math.log2(Math.max(1, Math.abs(bytes))) / 10))
  return `${numberText(bytes / 1_024 ** step, language)} ${steps[step] ?? ''}`
}

const numbers = (language: Language) => ({
  small: new Intl.NumberFormat(language, { maximumSignificantDigits: 3 }),
  large: new Intl.NumberFormat(language, { maximumFractionDigits: 0 }),
})
const NUMBERS: Readonly<Record<Language, ReturnType<typeof numbers>>> = {
  en: numbers('en'),
  fr: numbers('fr'),
}

/** Three significant digits below a thousand, whole numbers above. */
export const numberText = (value: number, language: Language): string =>
  NUMBERS[language][Math.abs(value) < 1_000 ? 'small' : 'large'].format(value)
