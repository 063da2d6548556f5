// The queries of the alerting read model, bound to one database.

import * as histories from '@secumon/projections/alerts/queries/alert-history'
import * as alerts from '@secumon/projections/alerts/queries/alerts'
import * as escalation from '@secumon/projections/alerts/queries/escalation'
import * as incidents from '@secumon/projections/alerts/queries/incidents'
import * as muting from '@secumon/projections/alerts/queries/muting'
import * as notifications from '@secumon/projections/alerts/queries/notifications'
import * as rounds from '@secumon/projections/alerts/queries/rounds'
import * as rules from '@secumon/projections/alerts/queries/rules'
import * as uses from '@secumon/projections/alerts/queries/uses'
import type { TenantScopes } from '@secumon/projections/tenant-scope'
import type { Kysely } from 'kysely'

type Query<Asked, Answer> = (db: Kysely<unknown>, scopes: TenantScopes, asked: Asked) => Promise<Answer>

export type AlertingReads = ReturnType<typeof alertingReads>

/** Each query answers within the scopes that it is given. */
export function alertingReads(db: Kysely<unknown>) {
  const bound =
    <Asked, Answer>(query: Query<Asked, Answer>) =>
    (scopes: TenantScopes, asked: Asked): Promise<Answer> =>
      query(db, scopes, asked)
  return {
    listAlerts: bound(alerts.listAlerts),
    readAlerts: bound(alerts.readAlerts),
    countAlerts: bound(alerts.countAlerts),
    findAlert: bound(alerts.findAlert),
    findAlerts: bound(alerts.findAlerts),
    activeAlerts: bound(alerts.activeAlerts),
    alertCounts: (scopes: TenantScopes) => alerts.alertCounts(db, scopes),
    alertEvents: bound(histories.alertEvents),
    alertMutes: bound(histories.alertMutes),
    incidentsOfAlert: bound(histories.incidentsOfAlert),
    listRules: bound(rules.listRules),
    findRule: bound(rules.findRule),
    ruleHistory: bound(rules.ruleHistory),
    ruleAt: bound(rules.ruleAt),
    ruleActivity: bound(rules.ruleActivity),
    listSilences: bound(muting.listSilences),
    findSilence: bound(muting.findSilence),
    listMaintenances: bound(muting.listMaintenances),
    findMaintenance: bound(muting.findMaintenance),
    listPolicies: bound(escalation.listPolicies),
    findPolicy: bound(escalation.findPolicy),
    listSchedules: bound(escalation.listSchedules),
    findSchedule: bound(escalation.findSchedule),
    scheduleOverrides: bound(escalation.scheduleOverrides),
    listChannels: bound(escalation.listChannels),
    findChannel: bound(escalation.findChannel),
    usesOf: bound(uses.usesOf),
    listIncidents: bound(incidents.listIncidents),
    findIncident: bound(incidents.findIncident),
    findIncidents: bound(incidents.findIncidents),
    openIncidents: (scopes: TenantScopes) => incidents.openIncidents(db, scopes),
    alertsOfIncident: bound(incidents.alertsOfIncident),
    incidentRounds: bound(rounds.incidentRounds),
    missedRounds: bound(rounds.missedRounds),
    listNotifications: bound(notifications.listNotifications),
    findNotification: bound(notifications.findNotification),
    findNotifications: bound(notifications.findNotifications),
    notificationCounts: (scopes: TenantScopes) => notifications.notificationCounts(db, scopes),
  }
}
