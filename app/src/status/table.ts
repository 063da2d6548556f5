// Columns of text, as wide as what is in them.

/** A number, perhaps with a unit. */
const NUMBER = /^\d[\d.\s]*(\s(%|[A-Za-z]+))?$/

/** Numbers stand to the right, as does their heading. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = heading.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const toRight = heading.map((_, i) => rows.some((row) => NUMBER.test(row[i] ?? '')))
  return [heading, ...rows].map((row) =>
    row
      .map((cell, i) => (toRight[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}
