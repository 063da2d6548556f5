// Stage maintenance: within a planned window nothing is told of what it is about.

import { matchesAll } from '../../matching/matchers.ts'
import type { HeldMaintenance } from '../held.ts'
import { mute, pass, type Stage } from './stage.ts'

export const maintenance: Stage = ({ labels }, { tenant, atMs }) => {
  let found: { readonly held: HeldMaintenance; readonly untilMs: number } | undefined
  for (const held of tenant.maintenances.values()) {
    if (!matchesAll(held.spec.matchers, labels)) continue
    const window = held.occurrences.at(atMs)
    if (!window) continue
    const { untilMs } = window
    const isBetter =
      !found || untilMs > found.untilMs || (untilMs === found.untilMs && held.id < found.held.id)
    if (isBetter) found = { held, untilMs }
  }
  if (!found) return pass('maintenance')
  const { held, untilMs } = found
  return mute('maintenance', { by: held.id, detail: held.spec.name, untilMs })
}
