// Aggregate `schedule`: who is on call when, and for a time somebody else.

import { clone, create, equals } from '@bufbuild/protobuf'
import {
  MemberSchema,
  ScheduleChangedSchema,
  ScheduleCreatedSchema,
  ScheduleDeletedSchema,
  ScheduleOverriddenSchema,
  ScheduleOverrideEndedSchema,
  ScheduleSpecSchema,
  type Member,
  type ScheduleOverridden,
  type ScheduleSpec,
} from '@secumon/contracts/gen/escalation'
import { isUlid } from '@secumon/contracts/ids'
import type { Decider, DomainEvent } from '../decider.ts'
import { Rejected } from '../rejected.ts'
import type { OnCallSchedule, Override } from './on-call.ts'
import { checkMember, validSchedule } from './validate.ts'

const DAY_MS = 24 * 3_600_000
export const MAX_OVERRIDE_MS = 366 * DAY_MS
/** Not over yet. */
export const MAX_OVERRIDES = 200
const MAX_REASON_LENGTH = 2_000

export type Schedule = OnCallSchedule & { readonly deleted: boolean }

export type ScheduleState = Schedule | undefined

export type ScheduleCommand =
  | { readonly kind: 'CreateSchedule'; readonly spec: ScheduleSpec }
  | { readonly kind: 'ChangeSchedule'; readonly spec: ScheduleSpec }
  | { readonly kind: 'DeleteSchedule' }
  | {
      readonly kind: 'OverrideSchedule'
      /** ULID of the override. */
      readonly override: string
      readonly member: Member
      readonly fromMs: number
      readonly untilMs: number
      readonly reason: string
      readonly atMs: number
    }
  | { readonly kind: 'EndOverride'; readonly override: string }

export const schedule: Decider<ScheduleCommand, ScheduleState> = {
  aggregate: 'schedule',
  initial: undefined,
  decide(command, state) {
    switch (command.kind) {
      case 'CreateSchedule':
        return createSchedule(command.spec, state)
      case 'ChangeSchedule':
        return change(command.spec, existing(state))
      case 'DeleteSchedule':
        return deleteSchedule(state)
      case 'OverrideSchedule':
        return override(command, existing(state))
      case 'EndOverride':
        return endOverride(command.override, existing(state))
    }
  },
  evolve: (state, event) => evolveSchedule(state, event),
}

/** Folds one event, also for readers that hold many schedules. */
export function evolveSchedule(state: ScheduleState, event: DomainEvent): ScheduleState {
  switch (event.case) {
    case 'scheduleCreated':
      return { spec: event.value.spec ?? create(ScheduleSpecSchema), overrides: [], deleted: false }
    case 'scheduleChanged':
      return state && { ...state, spec: event.value.spec ?? state.spec }
    case 'scheduleDeleted':
      return state && { ...state, deleted: true }
    case 'scheduleOverridden':
      return (
        state && { ...state, overrides: [...without(state, event.value.override), overrideOf(event.value)] }
      )
    case 'scheduleOverrideEnded':
      return state && { ...state, overrides: without(state, event.value.override) }
    default:
      return state
  }
}

const without = ({ overrides }: Schedule, id: string): Override[] => overrides.filter((one) => one.id !== id)

const overrideOf = ({ override: id, member, fromMs, untilMs, reason }: ScheduleOverridden): Override => ({
  id,
  member: member ?? create(MemberSchema),
  fromMs: Number(fromMs),
  untilMs: Number(untilMs),
  reason,
})

function createSchedule(wanted: ScheduleSpec, state: ScheduleState): DomainEvent[] {
  const spec = validSchedule(wanted)
  if (!state) return [{ case: 'scheduleCreated', value: create(ScheduleCreatedSchema, { spec }) }]
  if (!state.deleted && equals(ScheduleSpecSchema, state.spec, spec)) return []
  throw new Rejected('already_exists', 'there is such a schedule')
}

function change(wanted: ScheduleSpec, state: Schedule): DomainEvent[] {
  const spec = validSchedule(wanted)
  if (equals(ScheduleSpecSchema, state.spec, spec)) return []
  return [{ case: 'scheduleChanged', value: create(ScheduleChangedSchema, { spec }) }]
}

function deleteSchedule(state: ScheduleState): DomainEvent[] {
  if (!state) throw new Rejected('not_found', 'no such schedule')
  return state.deleted ? [] : [{ case: 'scheduleDeleted', value: create(ScheduleDeletedSchema) }]
}

type OverrideCommand = Extract<ScheduleCommand, { readonly kind: 'OverrideSchedule' }>

function override(command: OverrideCommand, state: Schedule): DomainEvent[] {
  const { override: id, fromMs, untilMs } = command
  const reason = command.reason.trim()
  const member = clone(MemberSchema, command.member)
  checkMember(member)
  if (!isUlid(id)) throw new Rejected('invalid', 'an override is named by its id')
  if (reason.length > MAX_REASON_LENGTH)
    throw new Rejected('invalid', `a reason has at most ${MAX_REASON_LENGTH} characters`)
  checkSpan(command)
  if (state.overrides.some((one) => one.id === id)) return []
  const open = state.overrides.filter((one) => one.untilMs > command.atMs)
  if (open.length >= MAX_OVERRIDES)
    throw new Rejected('invalid', `a schedule has at most ${MAX_OVERRIDES} overrides that are not over`)
  const times = { fromMs: BigInt(fromMs), untilMs: BigInt(untilMs) }
  const value = create(ScheduleOverriddenSchema, { override: id, member, reason, ...times })
  return [{ case: 'scheduleOverridden', value }]
}

function checkSpan({ fromMs, untilMs, atMs }: OverrideCommand): void {
  if (!Number.isSafeInteger(fromMs) || !Number.isSafeInteger(untilMs) || fromMs < 0)
    throw new Rejected('invalid', 'an override is from one time in milliseconds until another')
  if (untilMs <= fromMs) throw new Rejected('invalid', 'an override ends after it begins')
  if (untilMs <= atMs) throw new Rejected('invalid', 'the override would be over already')
  if (untilMs - fromMs > MAX_OVERRIDE_MS) throw new Rejected('invalid', 'an override lasts at most a year')
}

function endOverride(id: string, state: Schedule): DomainEvent[] {
  if (!state.overrides.some((one) => one.id === id)) return []
  return [{ case: 'scheduleOverrideEnded', value: create(ScheduleOverrideEndedSchema, { override: id }) }]
}

function existing(state: ScheduleState): Schedule {
  if (!state || state.deleted) throw new Rejected('not_found', 'no such schedule')
  return state
}
