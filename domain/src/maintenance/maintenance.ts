// Aggregate `maintenance`: planned windows, once or again and again, in which alerts are told to nobody.

import { create, equals } from '@bufbuild/protobuf'
import {
  MaintenanceCancelledSchema,
  MaintenanceChangedSchema,
  MaintenancePlannedSchema,
  MaintenanceSpecSchema,
  type MaintenanceSpec,
} from '@secumon/contracts/gen/muting'
import type { Decider } from '../decider.ts'
import { Rejected } from '../rejected.ts'
import { validMaintenance } from './validate.ts'

export type Maintenance = { readonly spec: MaintenanceSpec; readonly cancelled: boolean }

export type MaintenanceState = Maintenance | undefined

export type MaintenanceCommand =
  | { readonly kind: 'PlanMaintenance'; readonly spec: MaintenanceSpec }
  | { readonly kind: 'ChangeMaintenance'; readonly spec: MaintenanceSpec }
  | { readonly kind: 'CancelMaintenance' }

export const maintenance: Decider<MaintenanceCommand, MaintenanceState> = {
  aggregate: 'maintenance',
  initial: undefined,
  decide(command, state) {
    if (command.kind === 'PlanMaintenance') {
      const spec = validMaintenance(command.spec)
      if (!state) return [{ case: 'maintenancePlanned', value: create(MaintenancePlannedSchema, { spec }) }]
      if (!state.cancelled && equals(MaintenanceSpecSchema, state.spec, spec)) return []
      throw new Rejected('already_exists', 'there is such a maintenance')
    }
    if (!state) throw new Rejected('not_found', 'no such maintenance')
    if (command.kind === 'CancelMaintenance')
      return state.cancelled
        ? []
        : [{ case: 'maintenanceCancelled', value: create(MaintenanceCancelledSchema) }]
    if (state.cancelled) throw new Rejected('conflict', 'the maintenance was cancelled')
    const spec = validMaintenance(command.spec)
    if (equals(MaintenanceSpecSchema, state.spec, spec)) return []
    return [{ case: 'maintenanceChanged', value: create(MaintenanceChangedSchema, { spec }) }]
  },
  evolve(state, event) {
    switch (event.case) {
      case 'maintenancePlanned':
        return { spec: event.value.spec ?? create(MaintenanceSpecSchema), cancelled: false }
      case 'maintenanceChanged':
        return state && { ...state, spec: event.value.spec ?? state.spec }
      case 'maintenanceCancelled':
        return state && { ...state, cancelled: true }
      default:
        return state
    }
  },
}
