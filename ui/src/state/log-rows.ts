// What a list of log lines is drawn from, whether they were searched or are followed.

import type { LogLine } from '../lib/api-types.ts'
import type { RowEnds, RowForm } from '../shape/log-layout.ts'

export type LogRows = {
  readonly count: number
  /** Where the rows end, in lines of text. */
  readonly ends: RowEnds
  /** Undefined where it is being read again. */
  line(index: number): LogLine | undefined
  /** -1 where it is not among those held. */
  indexOf(id: string): number
  /** These rows are in view, `end` not included: what is missing is read. */
  ensure(first: number, end: number): void
  drawAs(form: RowForm): void
}
