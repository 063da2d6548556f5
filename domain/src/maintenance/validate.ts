// Whether a maintenance can be: it has a name, a zone, windows that come, and an end to each.

import { clone } from '@bufbuild/protobuf'
import { MaintenanceSpecSchema, type MaintenanceSpec } from '@secumon/contracts/gen/muting'
import { instantOf, parseWallClock } from '../calendar/zone.ts'
import { checkMatchers } from '../matching/matchers.ts'
import { Rejected } from '../rejected.ts'
import { AHEAD_YEARS, occurrencesOf } from './occurrences.ts'

const MINUTE_MS = 60_000
export const MAX_WINDOW_MS = 31 * 24 * 60 * MINUTE_MS
const MAX_NAME_LENGTH = 200
const MAX_REASON_LENGTH = 2_000

/**
 * The maintenance as it is kept.
 * @throws Rejected `invalid` with the reason when it cannot be
 */
export function validMaintenance(wanted: MaintenanceSpec): MaintenanceSpec {
  const spec = clone(MaintenanceSpecSchema, wanted)
  spec.name = spec.name.trim()
  spec.reason = spec.reason.trim()
  spec.recurrence = spec.recurrence.trim().replace(/^RRULE:/i, '')
  checkTexts(spec)
  checkMatchers(spec.matchers)
  checkWindows(spec)
  return spec
}

function checkTexts({ name, reason }: MaintenanceSpec): void {
  if (name === '' || name.length > MAX_NAME_LENGTH)
    throw new Rejected('invalid', `a maintenance needs a name of 1 to ${MAX_NAME_LENGTH} characters`)
  if (reason.length > MAX_REASON_LENGTH)
    throw new Rejected('invalid', `a reason has at most ${MAX_REASON_LENGTH} characters`)
}

function checkWindows(spec: MaintenanceSpec): void {
  const { timeZone, durationMs, startsAt } = spec
  if (durationMs < MINUTE_MS || durationMs > MAX_WINDOW_MS)
    throw new Rejected('invalid', 'a maintenance takes 1 minute to 31 days')
  const { after } = occurrencesOf(spec)
  const first = parseWallClock(startsAt)
  if (!first || !after(instantOf(first, timeZone) - 1))
    throw new Rejected('invalid', `the recurrence never comes within ${AHEAD_YEARS} years`)
}
