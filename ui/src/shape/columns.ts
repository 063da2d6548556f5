// Columns of a table that its viewer chooses: a comma-separated list of their ids, empty for the usual ones.

import type { TextKey } from '../i18n/en.ts'

export type Column<Id extends string = string> = {
  readonly id: Id
  readonly title: TextKey
  /** A CSS grid track. */
  readonly track: string
  /** Written to the right. */
  readonly number?: boolean
  /** Shown until the viewer chooses. */
  readonly usual?: boolean
  /** Shown whatever the viewer chooses. */
  readonly fixed?: boolean
}

/** Columns of a list, in the table's order; words that name none are left out. */
export function columnsOf<Each extends Column>(all: readonly Each[], list: string): readonly Each[] {
  const wanted = list.split(',')
  return all.filter(({ id, fixed, usual }) => fixed || (list === '' ? usual : wanted.includes(id)))
}

/** The list after one column was switched; empty when it is the usual choice again. */
export function toggledColumns(all: readonly Column[], list: string, id: string): string {
  const shown = columnsOf(all, list)
  const next = all.filter((column) => column.fixed || (column.id === id) !== shown.includes(column))
  const chosen = idsOf(next)
  return chosen === idsOf(columnsOf(all, '')) ? '' : chosen
}

const idsOf = (columns: readonly Column[]): string => columns.map(({ id }) => id).join(',')
