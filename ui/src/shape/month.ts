// A month as weeks of days, Monday first (ISO 8601), in the viewer's zone.

export type Day = {
  readonly fromMs: number
  readonly toMs: number
  readonly number: number
  readonly inMonth: boolean
}

/** `2026-11` of the address; anything else is the present month. */
export function monthOf(
  text: string | undefined,
  nowMs: number,
): { readonly year: number; readonly month: number } {
  const [, year, month] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(text ?? '') ?? []
  if (year && month) return { year: Number(year), month: Number(month) - 1 }
  const now = new Date(nowMs)
  return { year: now.getFullYear(), month: now.getMonth() }
}

type Month = ReturnType<typeof monthOf>

/** The month so many months on, as the address holds it. */
export function monthWord({ year, month }: Month, on = 0): string {
  const at = new Date(year, month + on, 1)
  return `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, '0')}`
}

/** Whole weeks that hold the month. */
export function weeksOf({ year, month }: Month): Day[][] {
  const lead = (new Date(year, month, 1).getDay() + 6) % 7
  const days = new Date(year, month + 1, 0).getDate()
  return Array.from({ length: Math.ceil((lead + days) / 7) }, (_, week) =>
    Array.from({ length: 7 }, (_day, i) => dayOf(year, month, week * 7 + i - lead + 1)),
  )
}

// By the calendar and not by adding 24 h: two days a year are longer or shorter.
function dayOf(year: number, month: number, number: number): Day {
  const at = new Date(year, month, number)
  return {
    fromMs: at.getTime(),
    toMs: new Date(year, month, number + 1).getTime(),
    number: at.getDate(),
    inMonth: at.getMonth() === ((month % 12) + 12) % 12,
  }
}

/** What touches a day. */
export const within = <One extends { readonly from: number; readonly to: number }>(
  all: readonly One[],
  { fromMs, toMs }: Day,
): One[] => all.filter(({ from, to }) => from < toMs && to > fromMs)
