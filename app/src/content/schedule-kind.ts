// On-call schedules in a content file: as the API writes them, with channels by their names. Overrides are none of a file's.

import { schedule, type ScheduleCommand, type ScheduleState } from '@secumon/domain/schedule/schedule'
import { scheduleSpecBody, scheduleSpecOf } from '@secumon/gateway/api/alerting/escalation-text'
import { MemberBody, RotationBody, ScheduleSpecBody } from '@secumon/gateway/api/schemas/schedule'
import { z } from 'zod'
import { contentKind, type Names } from './content-kind.ts'

const schema = ScheduleSpecBody.extend({
  layers: z
    .array(RotationBody.extend({ members: z.array(MemberBody.extend({ channels: z.array(z.string()) })) }))
    .max(20),
})
type Text = z.output<typeof schema>

const specOf = (text: Text, names: Names) =>
  scheduleSpecOf(withChannels(text, (name) => names.idOf('channels', name)))

const textOf = (state: ScheduleState, names: Names): Text | undefined =>
  state && !state.deleted
    ? withChannels(scheduleSpecBody(state.spec), (id) => names.nameOf('channels', id))
    : undefined

const withChannels = (text: Text, change: (channel: string) => string): Text => ({
  ...text,
  layers: text.layers.map(({ members, ...layer }) => ({
    ...layer,
    members: members.map(({ name, channels }) => ({ name, channels: channels.map(change) })),
  })),
})

export const scheduleKind = contentKind({
  key: 'schedules',
  decider: schedule,
  schema,
  textOf,
  create: (text, { names }): ScheduleCommand[] => [{ kind: 'CreateSchedule', spec: specOf(text, names) }],
  change: (text, _, { names }): ScheduleCommand[] => [{ kind: 'ChangeSchedule', spec: specOf(text, names) }],
})
