// The columns of the alert list: what they are called and how wide they are.

import { columnsOf, type Column } from './columns.ts'

export type AlertColumnId =
  | 'severity' | 'alert' | 'metric' | 'description' | 'labels' | 'marks' | 'notes' | 'value' | 'began' | 'ended'
  | 'since' // prettier-ignore

export const ALERT_COLUMNS: readonly Column<AlertColumnId>[] = [
  { id: 'severity', title: 'severity', track: '112px', usual: true, fixed: true },
  { id: 'alert', title: 'alertColumn', track: 'minmax(150px, 3fr)', usual: true, fixed: true },
  { id: 'metric', title: 'metric', track: 'minmax(110px, 2fr)' },
  { id: 'description', title: 'ruleDescription', track: 'minmax(120px, 3fr)' },
  { id: 'labels', title: 'labels', track: 'minmax(120px, 2fr)' },
  { id: 'marks', title: 'remarks', track: 'minmax(0, 2fr)', usual: true },
  { id: 'notes', title: 'notes', track: '52px', number: true },
  { id: 'value', title: 'valueColumn', track: 'minmax(90px, 1fr)', number: true, usual: true },
  { id: 'began', title: 'begun', track: '104px', number: true },
  { id: 'ended', title: 'ended', track: '104px', number: true },
  { id: 'since', title: 'since', track: '108px', number: true, usual: true, fixed: true },
]

/** Those of a list whose viewer has not chosen. */
export const USUAL_ALERT_COLUMNS = columnsOf(ALERT_COLUMNS, '')

/** The tracks of a row, its checkbox before them where it has one. */
export const alertTracks = (columns: readonly Column[], choosable: boolean): string =>
  [...(choosable ? ['16px'] : []), ...columns.map(({ track }) => track)].join(' ')
