// Formatters of numbers and dates, each made once: making one costs a hundred times what using it does.

const numbers = new Map<string, Intl.NumberFormat>()
const dates = new Map<string, Intl.DateTimeFormat>()

/** @param key names the options among all callers */
export function numberFormat(
  key: string,
  locale: string,
  options: Intl.NumberFormatOptions,
): Intl.NumberFormat {
  const name = `${locale} ${key}`
  const made = numbers.get(name) ?? new Intl.NumberFormat(locale, options)
  numbers.set(name, made)
  return made
}

/** @param key names the options among all callers */
export function dateFormat(
  key: string,
  locale: string,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  const name = `${locale} ${key}`
  const made = dates.get(name) ?? new Intl.DateTimeFormat(locale, options)
  dates.set(name, made)
  return made
}
