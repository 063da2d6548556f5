// The shapes of the alert centre's part of the HTTP API, as types only.

import type { z } from 'zod'
import type { ActorBody } from '@secumon/gateway/api/schemas/actor'
import type { AlertBody } from '@secumon/gateway/api/schemas/alert-detail'
import type {
  AlertCounts as Counts,
  AlertEvent as Event,
  AlertQuery,
  AlertRow as Row,
  AlertsBody,
  AlertState as State,
  BulkBody,
  BulkSilenceBody,
  MuteBody,
} from '@secumon/gateway/api/schemas/alert'
import type {
  ChannelBody,
  ChannelKindBody,
  ChannelPreviewBody,
  ChannelRow,
  ChannelsBody,
  ChannelSpecBody,
  ChannelTestBody,
} from '@secumon/gateway/api/schemas/channel'
import type {
  ActiveHoursBody,
  EscalationStepBody,
  PoliciesBody,
  PolicyBody,
  PolicyRow,
  PolicySpecBody,
  TargetBody,
} from '@secumon/gateway/api/schemas/escalation'
import type { IncidentBody, IncidentRow, IncidentsBody } from '@secumon/gateway/api/schemas/incident'
import type {
  CalendarBody,
  MaintenanceBody,
  MaintenanceRow,
  MaintenancesBody,
  MaintenanceSpecBody,
  OccurrenceBody,
} from '@secumon/gateway/api/schemas/maintenance'
import type { MatcherBody, MatchOperator as Operator } from '@secumon/gateway/api/schemas/matcher'
import type {
  NotificationRow,
  NotificationsBody,
  RoundKindName,
} from '@secumon/gateway/api/schemas/notification'
import type { RoundBody, UnreachedBody } from '@secumon/gateway/api/schemas/round'
import type {
  AggregationName,
  ComparisonName,
  ConditionBody,
  RuleBody,
  RulePreviewBody,
  RuleRow,
  RulesBody,
  RuleSpecBody,
  SeverityName,
} from '@secumon/gateway/api/schemas/rule'
import type {
  MemberBody,
  OnCallBody,
  RotationBody,
  ScheduleBody,
  ScheduleRow,
  SchedulesBody,
  ScheduleSpecBody,
} from '@secumon/gateway/api/schemas/schedule'
import type { MutedNowBody, SilenceRow, SilencesBody } from '@secumon/gateway/api/schemas/silence'

export type Actor = z.infer<typeof ActorBody>
export type Severity = z.infer<typeof SeverityName>
export type AlertState = z.infer<typeof State>
export type AlertRow = z.infer<typeof Row>
export type AlertCounts = z.infer<typeof Counts>
export type AlertFilter = z.input<typeof AlertQuery>
export type Alerts = z.infer<typeof AlertsBody>
export type AlertEvent = z.infer<typeof Event>
export type AlertDetail = z.infer<typeof AlertBody>
export type Mute = z.infer<typeof MuteBody>
export type BulkOutcome = z.infer<typeof BulkBody>
export type BulkSilenceOutcome = z.infer<typeof BulkSilenceBody>
export type Matcher = z.infer<typeof MatcherBody>
export type MatchOperator = z.infer<typeof Operator>

export type Comparison = z.infer<typeof ComparisonName>
export type RuleAggregation = z.infer<typeof AggregationName>
export type Condition = z.output<typeof ConditionBody>
export type RuleSpec = z.output<typeof RuleSpecBody>
export type Rule = z.infer<typeof RuleRow>
export type Rules = z.infer<typeof RulesBody>
export type RuleDetail = z.infer<typeof RuleBody>
export type RulePreview = z.infer<typeof RulePreviewBody>

export type Silence = z.infer<typeof SilenceRow>
export type Silences = z.infer<typeof SilencesBody>
export type MutedNow = z.infer<typeof MutedNowBody>
export type MaintenanceSpec = z.output<typeof MaintenanceSpecBody>
export type Maintenance = z.infer<typeof MaintenanceRow>
export type Maintenances = z.infer<typeof MaintenancesBody>
export type MaintenanceDetail = z.infer<typeof MaintenanceBody>
export type Occurrence = z.infer<typeof OccurrenceBody>
export type Calendar = z.infer<typeof CalendarBody>

export type ChannelSpec = z.output<typeof ChannelSpecBody>
export type Channel = z.infer<typeof ChannelRow>
export type Channels = z.infer<typeof ChannelsBody>
export type ChannelDetail = z.infer<typeof ChannelBody>
export type ChannelKind = z.infer<typeof ChannelKindBody>
export type ChannelField = ChannelKind['settings'][number]
export type ChannelTest = z.infer<typeof ChannelTestBody>
export type ChannelPreview = z.infer<typeof ChannelPreviewBody>

export type ActiveHours = z.infer<typeof ActiveHoursBody>
export type Target = z.infer<typeof TargetBody>
export type EscalationStep = z.infer<typeof EscalationStepBody>
export type PolicySpec = z.output<typeof PolicySpecBody>
export type Policy = z.infer<typeof PolicyRow>
export type Policies = z.infer<typeof PoliciesBody>
export type PolicyDetail = z.infer<typeof PolicyBody>
export type Member = z.infer<typeof MemberBody>
export type Rotation = z.output<typeof RotationBody>
export type ScheduleSpec = z.output<typeof ScheduleSpecBody>
export type Schedule = z.infer<typeof ScheduleRow>
export type Schedules = z.infer<typeof SchedulesBody>
export type ScheduleDetail = z.infer<typeof ScheduleBody>
export type OnCall = z.infer<typeof OnCallBody>
export type Shift = OnCall['shifts'][number]

export type Notification = z.infer<typeof NotificationRow>
export type Notifications = z.infer<typeof NotificationsBody>
export type RoundKind = z.infer<typeof RoundKindName>
export type Incident = z.infer<typeof IncidentRow>
export type Incidents = z.infer<typeof IncidentsBody>
export type IncidentDetail = z.infer<typeof IncidentBody>
export type Round = z.infer<typeof RoundBody>
export type Unreached = z.infer<typeof UnreachedBody>
