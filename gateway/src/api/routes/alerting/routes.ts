// The alert centre's part of the API.

import type { ApiDeps } from '../../deps.ts'
import { acknowledgeAlert, noteAlert, unacknowledgeAlert } from './alert-commands.ts'
import { alert, alerts } from './alerts.ts'
import { incident, incidents } from './incidents.ts'
import { notification, notifications } from './notifications.ts'
import { changeRule, createRule, deleteRule, disableRule, enableRule } from './rule-changes.ts'
import { rule, rules } from './rules.ts'

/** A line a route. */
export const alertingRoutes = (deps: ApiDeps) =>
  [
    alerts(deps),
    alert(deps),
    acknowledgeAlert(deps),
    unacknowledgeAlert(deps),
    noteAlert(deps),
    rules(deps),
    rule(deps),
    createRule(deps),
    changeRule(deps),
    enableRule(deps),
    disableRule(deps),
    deleteRule(deps),
    incidents(deps),
    incident(deps),
    notifications(deps),
    notification(deps),
  ] as const
