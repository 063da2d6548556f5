// kill -9 of any process, and a start on the same data.

import type { FaultKind } from '../fault.ts'
import { anyProcess, moment } from './targets.ts'

export const killed: FaultKind = {
  name: 'killed',
  weight: 8,
  draw: (draw) => {
    const target = anyProcess(draw)
    return {
      target,
      forMs: moment(draw),
      strike: (scene) => scene.process(target).end('SIGKILL'),
      mend: (scene) => scene.process(target).ensureUp(),
    }
  },
}
