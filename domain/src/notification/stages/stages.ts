// The stages that an alert goes through before it is told, in their order. Those of an incident come after them: grouping,
// deduplication, escalation step, channel.

import { activeHours } from './active-hours.ts'
import { dependency } from './dependency.ts'
import { flapping } from './flapping.ts'
import { late } from './late.ts'
import { maintenance } from './maintenance.ts'
import { policy } from './policy.ts'
import { silence } from './silence.ts'
import type { Stage } from './stage.ts'
import { unknownHost } from './unknown-host.ts'

export const MUTING_STAGES: readonly Stage[] = [
  late,
  dependency,
  unknownHost,
  flapping,
  maintenance,
  silence,
  policy,
  activeHours,
]
