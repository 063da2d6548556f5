// Every kind of content, one line each; what others refer to comes before them.

import type { ContentKind } from './content-kind.ts'
import { channelKind } from './channel-kind.ts'
import { maintenanceKind } from './maintenance-kind.ts'
import { policyKind } from './policy-kind.ts'
import { retentionKind } from './retention-kind.ts'
import { ruleKind } from './rule-kind.ts'
import { scheduleKind } from './schedule-kind.ts'
import { silenceKind } from './silence-kind.ts'

export const CONTENT_KINDS: readonly ContentKind[] = [
  channelKind,
  scheduleKind,
  policyKind,
  ruleKind,
  maintenanceKind,
  silenceKind,
  retentionKind,
]

/** Kinds that others name. */
export const REFERRED_TO: readonly ContentKind[] = [channelKind, scheduleKind, policyKind]
