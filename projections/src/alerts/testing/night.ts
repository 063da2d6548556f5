// A night of alerting as the log has it: a rule, an alert that fires, is muted, told, acknowledged and resolved.

import type { Appended } from '../../testing/memory-log.ts'
import { cpuAlert, diskAlert } from './alerts.ts'
import { ended, texts } from './texts.ts'
import { told } from './told.ts'

/** The whole night, in the order in which it happened. */
export const night: readonly Appended[] = [...texts, ...cpuAlert, ...diskAlert, ...ended, ...told]

/** The same with the alerts at the end: their evaluator was cut off from the log. */
export const backfilledNight: readonly Appended[] = [...told, ...texts, ...ended, ...diskAlert, ...cpuAlert]
