// Maintenances in a content file: as the API writes them.

import {
  maintenance,
  type MaintenanceCommand,
  type MaintenanceState,
} from '@secumon/domain/maintenance/maintenance'
import { maintenanceSpecBody, maintenanceSpecOf } from '@secumon/gateway/api/alerting/muting-text'
import { MaintenanceSpecBody } from '@secumon/gateway/api/schemas/maintenance'
import { contentKind } from './content-kind.ts'

const textOf = (state: MaintenanceState) =>
  state && !state.cancelled ? maintenanceSpecBody(state.spec) : undefined

export const maintenanceKind = contentKind({
  key: 'maintenances',
  decider: maintenance,
  schema: MaintenanceSpecBody,
  durations: ['duration'],
  textOf,
  create: (text): MaintenanceCommand[] => [{ kind: 'PlanMaintenance', spec: maintenanceSpecOf(text) }],
  change: (text): MaintenanceCommand[] => [{ kind: 'ChangeMaintenance', spec: maintenanceSpecOf(text) }],
})
