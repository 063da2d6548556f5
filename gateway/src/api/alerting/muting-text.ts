// Matchers and maintenances as the API writes them, and as the log does.

import { create } from '@bufbuild/protobuf'
import { MATCH_OPERATOR } from '@secumon/contracts/alerting-words'
import {
  MaintenanceSpecSchema,
  MatcherSchema,
  type MaintenanceSpec,
  type Matcher,
} from '@secumon/contracts/gen/muting'
import type { z } from 'zod'
import type { MaintenanceSpecBody } from '../schemas/maintenance.ts'
import type { MatcherBody } from '../schemas/matcher.ts'

type MatcherText = z.output<typeof MatcherBody>
type MaintenanceText = z.output<typeof MaintenanceSpecBody>

export const matchersOf = (matchers: readonly MatcherText[]): Matcher[] =>
  matchers.map(({ label, operator, value }) =>
    create(MatcherSchema, { label, operator: MATCH_OPERATOR.value(operator), value }),
  )

export const matcherBodies = (matchers: readonly Matcher[]): MatcherText[] =>
  matchers.map(({ label, operator, value }) => ({
    label,
    operator: MATCH_OPERATOR.word(operator) ?? '=',
    value,
  }))

export const maintenanceSpecOf = (text: MaintenanceText): MaintenanceSpec =>
  create(MaintenanceSpecSchema, {
    name: text.name,
    reason: text.reason,
    matchers: matchersOf(text.matchers),
    timeZone: text.time_zone,
    startsAt: text.starts_at,
    durationMs: text.duration_ms,
    recurrence: text.recurrence,
  })

export const maintenanceSpecBody = (spec: MaintenanceSpec): MaintenanceText => ({
  name: spec.name,
  reason: spec.reason,
  matchers: matcherBodies(spec.matchers),
  time_zone: spec.timeZone,
  starts_at: spec.startsAt,
  duration_ms: spec.durationMs,
  recurrence: spec.recurrence,
})
