// Maintenances: planned windows, as they are written.

import { MaintenanceSpecSchema } from '@secumon/contracts/gen/muting'
import { changed, created, written, type Document } from './documents.ts'
import { folded } from './table.ts'

export const maintenances = folded<Document>({
  table: 'maintenances',
  aggregate: 'maintenance',
  fold(row, said) {
    const { event } = said
    switch (event.case) {
      case 'maintenancePlanned': {
        const text = written(MaintenanceSpecSchema, event.value.spec)
        return text ? created(said, text) : row
      }
      case 'maintenanceChanged':
        return row && { ...row, ...written(MaintenanceSpecSchema, event.value.spec), ...changed(said) }
      case 'maintenanceCancelled':
        return row && { ...row, deleted: true, ...changed(said) }
      default:
        return row
    }
  },
})
