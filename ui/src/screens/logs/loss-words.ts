// Why lines are missing, in the viewer's words.

import type { TextKey } from '../../i18n/en.ts'
import { words } from '../../i18n/i18n.svelte.ts'
import type { LogDropped } from '../../lib/api-types.ts'

const REASON: Readonly<Record<LogDropped['reason'], TextKey>> = {
  rate: 'lossRate',
  spool_full: 'lossSpool',
  file_gone: 'lossFile',
  gap: 'lossGap',
  unspecified: 'lossUnspecified',
}

/** How many lines are missing, why, and how large they were where that is known. */
export function lossText({ lines, bytes, reason }: LogDropped): string {
  const { t } = words
  const count = lines > 0 ? t.lineDropped(words.whole(lines)) : t.lineDroppedUnknown
  const size = bytes > 0 ? ` ${t.lossBytes(words.number(bytes, 'bytes'))}` : ''
  return `${count}. ${t[REASON[reason]]}${size}`
}
