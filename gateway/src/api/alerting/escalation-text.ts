// Escalation policies and on-call schedules as the API writes them, and as the log does.

import { create } from '@bufbuild/protobuf'
import {
  ActiveHoursSchema,
  EscalationPolicySpecSchema,
  MemberSchema,
  ScheduleSpecSchema,
  TargetSchema,
  type ActiveHours,
  type EscalationPolicySpec,
  type Member,
  type ScheduleSpec,
  type Target,
} from '@secumon/contracts/gen/escalation'
import type { z } from 'zod'
import type { ActiveHoursBody, PolicySpecBody, TargetBody } from '../schemas/escalation.ts'
import type { MemberBody, ScheduleSpecBody } from '../schemas/schedule.ts'
import { matcherBodies, matchersOf } from './muting-text.ts'

type PolicyText = z.output<typeof PolicySpecBody>
type HoursText = z.output<typeof ActiveHoursBody>
type TargetText = z.output<typeof TargetBody>
type ScheduleText = z.output<typeof ScheduleSpecBody>
type MemberText = z.output<typeof MemberBody>

export const policySpecOf = (text: PolicyText): EscalationPolicySpec =>
  create(EscalationPolicySpecSchema, {
    name: text.name,
    matchers: matchersOf(text.matchers),
    order: text.order,
    groupBy: text.group_by,
    groupWaitMs: text.group_wait_ms,
    groupIntervalMs: text.group_interval_ms,
    repeatIntervalMs: text.repeat_interval_ms,
    steps: text.steps.map(({ delay_ms, targets }) => ({ delayMs: delay_ms, targets: targets.map(targetOf) })),
    repeats: text.repeats,
    sendResolved: text.send_resolved,
    ...(text.active_hours && { activeHours: hoursOf(text.active_hours) }),
  })

export const policySpecBody = (spec: EscalationPolicySpec): PolicyText => ({
  name: spec.name,
  matchers: matcherBodies(spec.matchers),
  order: spec.order,
  group_by: [...spec.groupBy],
  group_wait_ms: spec.groupWaitMs,
  group_interval_ms: spec.groupIntervalMs,
  repeat_interval_ms: spec.repeatIntervalMs,
  steps: spec.steps.map(({ delayMs, targets }) => ({
    delay_ms: delayMs,
    targets: targets.flatMap(targetBody),
  })),
  repeats: spec.repeats,
  send_resolved: spec.sendResolved,
  active_hours: hoursBody(spec.activeHours),
})

const targetOf = (target: TargetText): Target =>
  create(TargetSchema, {
    target:
      target.kind === 'channel'
        ? { case: 'channel', value: target.channel }
        : { case: 'schedule', value: target.schedule },
  })

function targetBody({ target }: Target): TargetText[] {
  if (target.case === 'channel') return [{ kind: 'channel', channel: target.value }]
  return target.case === 'schedule' ? [{ kind: 'schedule', schedule: target.value }] : []
}

const hoursOf = (text: HoursText): ActiveHours =>
  create(ActiveHoursSchema, {
    timeZone: text.time_zone,
    hours: text.hours.map(({ days, from_minute, until_minute }) => ({
      days,
      fromMinute: from_minute,
      untilMinute: until_minute,
    })),
  })

const hoursBody = (hours: ActiveHours | undefined): HoursText | null =>
  hours
    ? {
        time_zone: hours.timeZone,
        hours: hours.hours.map(({ days, fromMinute, untilMinute }) => ({
          days: [...days],
          from_minute: fromMinute,
          until_minute: untilMinute,
        })),
      }
    : null

export const memberOf = ({ name, channels }: MemberText): Member => create(MemberSchema, { name, channels })

export const memberBody = ({ name, channels }: Member): MemberText => ({ name, channels: [...channels] })

export const scheduleSpecOf = (text: ScheduleText): ScheduleSpec =>
  create(ScheduleSpecSchema, {
    name: text.name,
    timeZone: text.time_zone,
    layers: text.layers.map(({ name, members, starts_at, days_each, only }) => ({
      name,
      members: members.map(memberOf),
      startsAt: starts_at,
      daysEach: days_each,
      ...(only && { only: hoursOf(only) }),
    })),
  })

export const scheduleSpecBody = (spec: ScheduleSpec): ScheduleText => ({
  name: spec.name,
  time_zone: spec.timeZone,
  layers: spec.layers.map(({ name, members, startsAt, daysEach, only }) => ({
    name,
    members: members.map(memberBody),
    starts_at: startsAt,
    days_each: daysEach,
    only: hoursBody(only),
  })),
})
