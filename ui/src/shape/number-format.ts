// Numbers with their unit, scaled to two or three significant digits; the exact value beside.

import { numberFormat } from './formatters.ts'

export type DisplayUnit =
  | 'percent'
  | 'bytes'
  | 'bytes_per_second'
  | 'bits_per_second'
  | 'count'
  | 'per_second'
  | 'seconds'
  | 'milliseconds'
  | 'celsius'

export type Scale = { readonly divisor: number; readonly unit: string }

const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const
const DECIMAL = ['', 'k', 'M', 'G', 'T'] as const
const DASH = '–'

/** Bytes as bits, which is how traffic is told. */
export const bits = (bytes: number | null): number | null => (bytes === null ? null : bytes * 8)

const fixed = (locale: string, digits: number): Intl.NumberFormat =>
  numberFormat(`fixed ${digits}`, locale, { minimumFractionDigits: digits, maximumFractionDigits: digits })

const step = (size: number, base: number, count: number): number =>
  size < base ? 0 : Math.min(Math.floor(Math.log(size) / Math.log(base) + 1e-9), count - 1)

/** The scale that suits the largest number of a group, so that a chart's axis has one unit. */
export function scaleFor(unit: DisplayUnit, largest: number, locale = 'en'): Scale {
  const size = Math.abs(largest)
  switch (unit) {
    case 'bytes':
    case 'bytes_per_second': {
      const i = step(size, 1024, BINARY.length)
      const name = locale.startsWith('fr') ? (BINARY[i] ?? '').replace('B', 'o') : (BINARY[i] ?? '')
      return { divisor: 1024 ** i, unit: unit === 'bytes' ? name : `${name}/s` }
    }
    case 'bits_per_second': {
      const i = step(size, 1000, DECIMAL.length)
      return { divisor: 1000 ** i, unit: `${DECIMAL[i] ?? ''}bit/s` }
    }
    case 'count':
    case 'per_second': {
      const i = size < 10_000 ? 0 : step(size, 1000, DECIMAL.length)
      return { divisor: 1000 ** i, unit: `${DECIMAL[i] ?? ''}${unit === 'per_second' ? '/s' : ''}` }
    }
    case 'milliseconds':
      return size < 1 && size > 0
        ? { divisor: 0.001, unit: 'µs' }
        : size < 1000
          ? { divisor: 1, unit: 'ms' }
          : { divisor: 1000, unit: 's' }
    case 'seconds':
      return secondsScale(size, locale)
    case 'percent':
      return { divisor: 1, unit: '%' }
    case 'celsius':
      return { divisor: 1, unit: '°C' }
  }
}

const [HOUR, DAY] = [3_600, 86_400]

// Twice the larger unit at least: 90 min says more than 1.50 h.
function secondsScale(seconds: number, locale: string): Scale {
  if (seconds < 1 && seconds > 0) return { divisor: 0.001, unit: 'ms' }
  if (seconds < 600) return { divisor: 1, unit: 's' }
  if (seconds < 2 * HOUR) return { divisor: 60, unit: 'min' }
  if (seconds < 2 * DAY) return { divisor: HOUR, unit: 'h' }
  return { divisor: DAY, unit: locale.startsWith('fr') ? 'j' : 'd' }
}

/** Fraction digits that leave about three significant ones. */
const digitsFor = (size: number): number =>
  size >= 100 || size === 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3

/** Percentages and temperatures do not deserve more than one digit after the point, plain counts no more than two. */
const mostDigits = (unit: DisplayUnit): number =>
  unit === 'percent' || unit === 'celsius' ? 1 : unit === 'count' ? 2 : 3

/** `3.42 GiB`, `12.5 %`, `–` for nothing. @param scale given: use it instead of the value's own */
export function formatNumber(
  value: number | null | undefined,
  unit: DisplayUnit,
  locale: string,
  scale?: Scale,
): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return DASH
  const { divisor, unit: name } = scale ?? scaleFor(unit, value, locale)
  const scaled = value / divisor
  const whole = name === 'B' || name === 'o' || (unit === 'count' && Number.isInteger(scaled))
  const digits = whole ? 0 : Math.min(mostDigits(unit), digitsFor(Math.abs(scaled)))
  const text = fixed(locale, digits).format(scaled)
  return name === '' ? text : `${text}\u00a0${name}`
}

const BASE_UNIT: Readonly<Record<DisplayUnit, string>> = {
  percent: '%',
  bytes: 'B',
  bytes_per_second: 'B/s',
  bits_per_second: 'bit/s',
  count: '',
  per_second: '/s',
  seconds: 's',
  milliseconds: 'ms',
  celsius: '°C',
}

/** A label with the unit of unscaled values, for heads of files: `received (bit/s)`. */
export const withUnit = (label: string, unit: DisplayUnit | undefined): string =>
  unit === undefined || BASE_UNIT[unit] === '' ? label : `${label} (${BASE_UNIT[unit]})`

/** The value unscaled, with up to three decimals: for tooltips and copies. */
export function formatExact(value: number | null | undefined, unit: DisplayUnit, locale: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return DASH
  const text = numberFormat('exact', locale, { maximumFractionDigits: 3 }).format(value)
  const name =
    locale.startsWith('fr') && BASE_UNIT[unit].startsWith('B')
      ? BASE_UNIT[unit].replace('B', 'o')
      : BASE_UNIT[unit]
  return name === '' ? text : `${text}\u00a0${name}`
}
