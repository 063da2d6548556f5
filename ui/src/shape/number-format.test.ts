import { describe, expect, it } from 'vitest'
import { formatExact, formatNumber, scaleFor, type DisplayUnit } from './number-format.ts'

describe('numbers with their unit', () => {
  it.each<[number | null, DisplayUnit, string, string]>([
    [null, 'percent', 'en-GB', '–'],
    [Number.NaN, 'bytes', 'en-GB', '–'],
    [12.345, 'percent', 'en-GB', '12.3 %'],
    [12.345, 'percent', 'fr-FR', '12,3 %'],
    [0, 'bytes', 'en-GB', '0 B'],
    [1023, 'bytes', 'en-GB', '1,023 B'],
    [3_672_000_000, 'bytes', 'en-GB', '3.42 GiB'],
    [3_672_000_000, 'bytes', 'fr-FR', '3,42 Gio'],
    [999, 'bits_per_second', 'en-GB', '999 bit/s'],
    [48_200_000, 'bits_per_second', 'en-GB', '48.2 Mbit/s'],
    [0.4, 'milliseconds', 'en-GB', '400 µs'],
    [1500, 'milliseconds', 'en-GB', '1.50 s'],
    [0.25, 'seconds', 'en-GB', '250 ms'],
    [300, 'seconds', 'en-GB', '300 s'],
    [5_400, 'seconds', 'en-GB', '90.0 min'],
    [38_305, 'seconds', 'en-GB', '10.6 h'],
    [259_200, 'seconds', 'fr-FR', '3,00 j'],
    [0.158, 'count', 'en-GB', '0.16'],
    [1187, 'count', 'en-GB', '1,187'],
    [120_000, 'per_second', 'en-GB', '120 k/s'],
  ])('%s %s in %s is %s', (value, unit, locale, text) => {
    expect(formatNumber(value, unit, locale)).toBe(text.replaceAll(/ (?=[^ ]*$)/g, '\u00a0'))
  })
  it('shows the exact value unscaled', () =>
    expect(formatExact(3_672_000_000, 'bytes', 'en-GB')).toBe('3,672,000,000\u00a0B'))
  it('keeps a given scale, so that an axis has one unit', () => {
    expect(formatNumber(512, 'bytes', 'en-GB', scaleFor('bytes', 2048))).toBe('0.500\u00a0KiB')
  })
})
