// A process that stands still for longer than everybody's patience, and then goes on as if nothing had been.

import type { FaultKind } from '../fault.ts'
import { anyProcess, longerThanTimeouts } from './targets.ts'

export const frozen: FaultKind = {
  name: 'frozen',
  weight: 5,
  draw: (draw) => {
    const target = anyProcess(draw)
    return {
      target,
      forMs: longerThanTimeouts(draw),
      strike: async (scene) => scene.process(target).freeze(),
      mend: async (scene) => scene.process(target).thaw(),
    }
  },
}
