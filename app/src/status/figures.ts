// Figures for people: short, with their units.

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** `1.5 GiB`. */
export function bytes(value: number): string {
  let unit = 0
  let shown = value
  for (; shown >= 1_024 && unit < UNITS.length - 1; unit++) shown /= 1_024
  return `${unit === 0 || shown >= 100 ? Math.round(shown) : shown.toFixed(1)} ${UNITS[unit]}`
}

/** `12 s`, `3 min`, `5 h`, `2 d`; below a second `0.4 s`. */
export function age(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} d`
}

export const percent = (share: number): string => `${Math.round(share * 100)} %`

/** `12 345 messages`. */
export const count = (value: number, thing: string): string =>
  `${number(value)} ${thing}${value === 1 ? '' : 's'}`

/** With thin groups of three. */
export const number = (value: number): string =>
  new Intl.NumberFormat('en').format(value).replaceAll(',', ' ')
