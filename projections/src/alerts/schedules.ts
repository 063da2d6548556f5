// On-call schedules, as they are written, and the overrides of each.

import { toJson, type JsonValue } from '@bufbuild/protobuf'
import { MemberSchema, ScheduleSpecSchema } from '@secumon/contracts/gen/escalation'
import { changed, created, written, type Document } from './documents.ts'
import type { StoredActor } from './said.ts'
import { folded } from './table.ts'

export const schedules = folded<Document>({
  table: 'schedules',
  aggregate: 'schedule',
  fold(row, said) {
    const { event } = said
    switch (event.case) {
      case 'scheduleCreated': {
        const text = written(ScheduleSpecSchema, event.value.spec)
        return text ? created(said, text) : row
      }
      case 'scheduleChanged':
        return row && { ...row, ...written(ScheduleSpecSchema, event.value.spec), ...changed(said) }
      case 'scheduleDeleted':
        return row && { ...row, deleted: true, ...changed(said) }
      default:
        return row
    }
  },
})

export type OverrideColumns = {
  readonly override_id: string
  readonly member: JsonValue
  readonly from_at: number
  readonly until_at: number
  readonly reason: string
  readonly created_at: number
  readonly created_by: StoredActor | null
  readonly ended: boolean
}

export const scheduleOverrides = folded<OverrideColumns>({
  table: 'schedule_overrides',
  aggregate: 'schedule',
  part: 'override_id',
  partsOf: ({ event }) =>
    event.case === 'scheduleOverridden' || event.case === 'scheduleOverrideEnded'
      ? [event.value.override]
      : [],
  fold(row, { event, atMs, actor }, override) {
    if (event.case !== 'scheduleOverridden') return row && { ...row, ended: true }
    const { member, fromMs, untilMs, reason } = event.value
    return {
      override_id: override,
      member: member ? toJson(MemberSchema, member) : {},
      from_at: Number(fromMs),
      until_at: Number(untilMs),
      reason,
      created_at: atMs,
      created_by: actor,
      ended: false,
    }
  },
})
