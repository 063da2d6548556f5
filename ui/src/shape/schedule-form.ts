// The form of an on-call schedule.

import type { Rotation, ScheduleSpec } from '../lib/alerting-types.ts'
import { toLocalInput } from './time-format.ts'

const HOUR_MS = 3_600_000

/** A layer in which nobody is yet; hand-over is at the next full hour. */
export const newLayer = (name: string, nowMs: number): Rotation => ({
  name,
  members: [{ name: '', channels: [] }],
  starts_at: `${toLocalInput(Math.ceil(nowMs / HOUR_MS) * HOUR_MS)}:00`,
  days_each: 7,
  only: null,
})

/** The schedule without people and layers that have no name. */
export const filledSchedule = (spec: ScheduleSpec): ScheduleSpec => ({
  ...spec,
  name: spec.name.trim(),
  layers: spec.layers.map((layer, i) => ({
    ...layer,
    name: layer.name.trim() || `${i + 1}`,
    members: layer.members
      .map((member) => ({ ...member, name: member.name.trim() }))
      .filter(({ name }) => name !== ''),
  })),
})

/** Whether every layer has somebody. */
export const isComplete = ({ name, layers }: ScheduleSpec): boolean =>
  name !== '' && layers.every(({ members }) => members.length > 0)
