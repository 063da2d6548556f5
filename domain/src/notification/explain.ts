// Why an alert was told or not, stage by stage; and what a silence would mute.

import { ROUND_KIND } from '@secumon/contracts/alerting-words'
import type { Matcher } from '@secumon/contracts/gen/muting'
import { matchesAll } from '../matching/matchers.ts'
import { groupKey, groupOf } from './group.ts'
import { nextRound } from './round.ts'
import { policyNamed } from './route.ts'
import { candidates } from './stages/deduplication.ts'
import { joiningOf } from './stages/grouping.ts'
import { hold, pass } from './stages/stage.ts'
import { MUTING_STAGES } from './stages/stages.ts'
import type { Incident, KnownAlert } from './held.ts'
import type { NotifyState, TenantState } from './state.ts'
import type { Verdict } from './verdict.ts'
import { survey } from './survey.ts'
import { judge } from './assess.ts'

export type AlertName = { readonly tenant: string; readonly alert: string }

/** What each stage says of an alert that is not forgotten, in their order; undefined for any other. */
export function explain(
  state: NotifyState,
  { tenant: name, alert: id }: AlertName,
  nowMs: number,
): Verdict[] | undefined {
  const tenant = state.tenants.get(name)
  const alert = tenant?.alerts.get(id)
  if (!tenant || !alert) return undefined
  const context = { tenant, atMs: alert.phase === 'resolved' ? alert.firedAtMs : nowMs }
  const muting = MUTING_STAGES.map((stage) => stage(alert, context))
  const incident = tenant.incidents.get(alert.incident)
  const rest = incident ? ofIncident(tenant, incident, nowMs) : [grouping(tenant, alert, nowMs)]
  return [...muting, ...rest]
}

function grouping(tenant: TenantState, alert: KnownAlert, nowMs: number): Verdict {
  const group = groupOf(tenant, alert, alert.late || alert.phase === 'resolved')
  const { wakeMs } = joiningOf(tenant, { key: groupKey(group), nowMs })
  if (wakeMs === Infinity) return pass('grouping')
  return hold('grouping', { detail: 'it is told together with what else happened then', untilMs: wakeMs })
}

function ofIncident(tenant: TenantState, incident: Incident, nowMs: number): Verdict[] {
  const grouped: Verdict = {
    ...pass('grouping'),
    by: incident.id,
    detail: incident.summary ? 'told together afterwards' : '',
  }
  const policy = policyNamed(tenant, incident.policy)
  if (!policy) return [grouped]
  const { spec } = policy
  const question = { spec, survey: survey(tenant, incident, { joiners: [], spec }), nowMs }
  const { round, isOwing, wakeMs } = nextRound(tenant, incident, question)
  const [next] = candidates(incident, question)
  const news = {
    detail: next ? `next message: ${ROUND_KIND.word(next.kind)}` : 'there is nothing new to say',
    untilMs: wakeMs,
  }
  const said = isOwing || (!round && !next) ? hold('deduplication', news) : pass('deduplication')
  const step = {
    ...pass('escalation_step'),
    detail: `step ${incident.step + 1} of ${spec.steps.length} was told`,
  }
  const channels = [...incident.recipients.keys()].map((id) => tenant.channels.get(id)?.spec.name ?? id)
  const told = incident.missed
    ? hold('channel', { detail: 'the last message reached nobody' })
    : { ...pass('channel'), detail: channels.join(', ') }
  return [grouped, said, step, told]
}

/** The alerts, pending or firing, that these matchers would mute now and that nothing mutes yet. ULIDs. */
export function silencePreview(
  state: NotifyState,
  { tenant: name, matchers }: { readonly tenant: string; readonly matchers: readonly Matcher[] },
  nowMs: number,
): string[] {
  const tenant = state.tenants.get(name)
  if (!tenant) return []
  const found = [...tenant.alerts.values()].filter(
    (alert) =>
      alert.phase !== 'resolved' &&
      matchesAll(matchers, alert.labels) &&
      judge(alert, { tenant, atMs: nowMs }).outcome !== 'mute',
  )
  return found.map(({ id }) => id).toSorted()
}
