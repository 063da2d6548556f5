// Whom a fault strikes and for how long.

import type { Draw } from '../draw.ts'
import type { FleetName } from '../fleets.ts'
import { ROLES, type ProcessName } from '../scene.ts'

export const anyFleet = (draw: Draw): FleetName => `fleet-${draw.between(1, draw.cast.fleets)}`

/** Every kind of process as often as the others. */
export function anyProcess(draw: Draw): ProcessName {
  const fleet: ProcessName = anyFleet(draw)
  return draw.oneOf<ProcessName>([...ROLES, 'nats', 'postgres', fleet])
}

export const moment = (draw: Draw): number => draw.between(0, draw.cast.isBrief ? 1_500 : 3_000)

/** Mostly just longer than the shortest time-outs, now and then longer than all of them. */
export function longerThanTimeouts(draw: Draw): number {
  if (draw.cast.isBrief) return draw.between(3_000, 5_000)
  const chance = draw.between(1, 10)
  if (chance <= 7) return draw.between(8_000, 12_000)
  return chance <= 9 ? draw.between(12_000, 22_000) : draw.between(22_000, 40_000)
}
