// Numbers as people write them: `90`, `0,5`, `20 GiB`, `80 %`.

import type { DisplayUnit } from './number-format.ts'

const STEPS = ['', 'k', 'm', 'g', 't', 'p'] as const
const QUANTITY = /^([+-]?\d+(?:[.,]\d+)?(?:e[+-]?\d+)?)\s*([a-zµ%°/]*)$/i
const PLAIN = new Set(['', '%', '/s', 's', 'ms', '°c', 'c'])

/** The number in the unit's own scale; undefined when it is none. Bytes may have a binary or decimal prefix. */
export function parseQuantity(text: string, unit: DisplayUnit): number | undefined {
  const [, digits, suffix = ''] = QUANTITY.exec(text.trim()) ?? []
  if (digits === undefined) return undefined
  const value = Number(digits.replace(',', '.'))
  const factor = unit.startsWith('bytes')
    ? byteFactor(suffix)
    : PLAIN.has(suffix.toLowerCase())
      ? 1
      : undefined
  return factor === undefined || !Number.isFinite(value) ? undefined : value * factor
}

function byteFactor(suffix: string): number | undefined {
  const [, prefix = '', binary] = /^([kmgtp]?)(i?)(?:[bo](?:\/s)?)?$/.exec(suffix.toLowerCase()) ?? [
    undefined,
    '?',
  ]
  const power = STEPS.findIndex((step) => step === prefix)
  return power < 0 ? undefined : (binary ? 1024 : 1000) ** power
}

/** A number as a form shows it: bytes in the largest binary unit that leaves it whole. */
export function quantityText(value: number, unit: DisplayUnit): string {
  if (!unit.startsWith('bytes') || value === 0) return String(value)
  const power = [4, 3, 2, 1].find((step) => Number.isInteger(value / 1024 ** step)) ?? 0
  return power === 0 ? String(value) : `${value / 1024 ** power} ${'KMGT'[power - 1]}iB`
}
