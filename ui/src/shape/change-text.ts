// What changed, in the viewer's words. An event nobody has taught this file is shown as the server says it.

import type { Messages } from '../i18n/en.ts'
import type { Change } from '../lib/api-types.ts'

const WORDS = {
  online: 'statusOnline',
  offline: 'statusOffline',
  unknown: 'statusUnknown',
  pending: 'statusPending',
} as const

/** `Online → Offline`, `renamed to db-2`. */
export function changeText({ kind, summary }: Pick<Change, 'kind' | 'summary'>, t: Messages): string {
  switch (kind) {
    case 'status':
      return summary.replaceAll(
        /online|offline|unknown|pending/g,
        (word) => t[WORDS[word as keyof typeof WORDS]],
      )
    case 'agent_registered':
      return t.changeRegistered
    case 'agent_renamed':
      return t.changeRenamed(summary)
    case 'agent_tagged':
      return t.changeTagged(summary)
    case 'agent_retired':
      return t.changeRetired(summary)
    case 'epoch_started':
      return t.changeEpoch(summary)
    case 'identity_revoked':
      return t.changeRevoked(summary)
    case 'clone_detected':
      return t.changeClone
    default:
      return summary === '' ? kind : `${kind}: ${summary}`
  }
}
