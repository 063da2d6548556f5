// Whether an on-call schedule can work. What passes is the schedule as it is kept.

import { clone } from '@bufbuild/protobuf'
import {
  ScheduleSpecSchema,
  type Member,
  type Rotation,
  type ScheduleSpec,
} from '@secumon/contracts/gen/escalation'
import { isUlid } from '@secumon/contracts/ids'
import { checkActiveHours } from '../calendar/active-hours.ts'
import { checkTimeZone, parseWallClock } from '../calendar/zone.ts'
import { Rejected } from '../rejected.ts'

const MAX_NAME_LENGTH = 200
export const MAX_LAYERS = 10
export const MAX_MEMBERS = 100
export const MAX_MEMBER_CHANNELS = 10
export const MAX_DAYS_EACH = 366

/**
 * The schedule as it is kept.
 * @throws Rejected `invalid` with the reason when it cannot work
 */
export function validSchedule(wanted: ScheduleSpec): ScheduleSpec {
  const spec = clone(ScheduleSpecSchema, wanted)
  spec.name = checkName(spec.name, 'a schedule')
  checkTimeZone(spec.timeZone)
  if (spec.layers.length === 0 || spec.layers.length > MAX_LAYERS)
    throw invalid(`a schedule has 1 to ${MAX_LAYERS} layers`)
  spec.layers.forEach(checkLayer)
  return spec
}

function checkLayer(layer: Rotation): void {
  layer.name = checkName(layer.name, 'a layer')
  const { name, members, startsAt, daysEach, only } = layer
  if (members.length === 0 || members.length > MAX_MEMBERS)
    throw invalid(`the layer ${name} has 1 to ${MAX_MEMBERS} members`)
  members.forEach(checkMember)
  if (!parseWallClock(startsAt))
    throw invalid(`the layer ${name} begins at a wall-clock time like 2026-11-22T09:00:00`)
  if (daysEach < 1 || daysEach > MAX_DAYS_EACH)
    throw invalid(`the layer ${name} hands over every 1 to ${MAX_DAYS_EACH} days`)
  if (only) checkActiveHours(only)
}

/** Trims the name. @throws Rejected `invalid` with the reason when nobody could be reached */
export function checkMember(member: Member): void {
  member.name = checkName(member.name, 'a member')
  const { name, channels } = member
  if (channels.length === 0 || channels.length > MAX_MEMBER_CHANNELS)
    throw invalid(`${name} is reached by 1 to ${MAX_MEMBER_CHANNELS} channels`)
  if (!channels.every(isUlid)) throw invalid(`the channels of ${name} are named by their ids`)
}

function checkName(name: string, what: string): string {
  const trimmed = name.trim()
  if (trimmed === '' || trimmed.length > MAX_NAME_LENGTH)
    throw invalid(`${what} needs a name of 1 to ${MAX_NAME_LENGTH} characters`)
  return trimmed
}

const invalid = (reason: string): Rejected => new Rejected('invalid', reason)
