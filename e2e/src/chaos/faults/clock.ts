// A clock that is set hours ahead or back while everything runs, and right again later.

import type { FaultKind } from '../fault.ts'
import type { ProcessName } from '../scene.ts'
import { anyFleet } from './targets.ts'

const MINUTE_MS = 60_000

export const clockJump: FaultKind = {
  name: 'clock jump',
  weight: 2,
  needs: ['faketime'],
  draw: (draw) => {
    const fleet: ProcessName = anyFleet(draw)
    const target = draw.oneOf<ProcessName>([fleet, 'gateway-1'])
    const minutes = draw.oneOf([-1, 1]) * draw.between(1, 20 * 60)
    return {
      target,
      how: `${minutes > 0 ? '+' : '−'}${Math.floor(Math.abs(minutes) / 60)} h ${Math.abs(minutes) % 60} min`,
      forMs: draw.between(3_000, 8_000),
      strike: ({ clocks }) => clocks.set(target, minutes * MINUTE_MS),
      mend: ({ clocks }) => clocks.set(target, 0),
    }
  },
}
