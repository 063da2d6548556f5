// The alert centre's part of the API.

import type { ApiDeps } from '../../deps.ts'
import { acknowledgeAlert, noteAlert, unacknowledgeAlert } from './alert-commands.ts'
import { alertExport } from './alert-export.ts'
import { alert, alerts } from './alerts.ts'
import { acknowledgeAlerts, silenceAlerts } from './bulk.ts'
import { changeChannel, createChannel, deleteChannel } from './channel-changes.ts'
import { previewMessage, tryChannel } from './channel-trials.ts'
import { channel, channels, kindsOfChannels } from './channels.ts'
import { incident, incidents } from './incidents.ts'
import { cancelMaintenance, changeMaintenance, planMaintenance } from './maintenance-changes.ts'
import { maintenance, maintenanceCalendar, maintenances } from './maintenances.ts'
import { retryNotification } from './notification-retry.ts'
import { notification, notifications } from './notifications.ts'
import { changePolicy, createPolicy, deletePolicy, policies, policy } from './policies.ts'
import { changeRule, createRule, deleteRule, disableRule, enableRule } from './rule-changes.ts'
import { rulePreview } from './rule-preview.ts'
import { rule, rules } from './rules.ts'
import {
  changeSchedule,
  createSchedule,
  deleteSchedule,
  endOverride,
  overrideSchedule,
} from './schedule-changes.ts'
import { onCall, schedule, schedules } from './schedules.ts'
import { createSilence, endSilence, extendSilence } from './silence-changes.ts'
import { mutedNow, silence, silences } from './silences.ts'

/** A line a route. */
export const alertingRoutes = (deps: ApiDeps) =>
  [
    alerts(deps),
    alertExport(deps),
    alert(deps),
    acknowledgeAlert(deps),
    unacknowledgeAlert(deps),
    noteAlert(deps),
    acknowledgeAlerts(deps),
    silenceAlerts(deps),
    rules(deps),
    rule(deps),
    rulePreview(deps),
    createRule(deps),
    changeRule(deps),
    enableRule(deps),
    disableRule(deps),
    deleteRule(deps),
    silences(deps),
    silence(deps),
    mutedNow(deps),
    createSilence(deps),
    extendSilence(deps),
    endSilence(deps),
    maintenances(deps),
    maintenanceCalendar(deps),
    maintenance(deps),
    planMaintenance(deps),
    changeMaintenance(deps),
    cancelMaintenance(deps),
    policies(deps),
    policy(deps),
    createPolicy(deps),
    changePolicy(deps),
    deletePolicy(deps),
    schedules(deps),
    schedule(deps),
    onCall(deps),
    createSchedule(deps),
    changeSchedule(deps),
    deleteSchedule(deps),
    overrideSchedule(deps),
    endOverride(deps),
    incidents(deps),
    incident(deps),
    notifications(deps),
    notification(deps),
    retryNotification(deps),
    kindsOfChannels(),
    channels(deps),
    channel(deps),
    createChannel(deps),
    changeChannel(deps),
    deleteChannel(deps),
    tryChannel(deps),
    previewMessage(deps),
  ] as const
