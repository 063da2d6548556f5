// A process killed while another stands still or a link is down: healing must not rest on the rest being well.

import type { DrawnFault, FaultKind } from '../fault.ts'
import { frozen } from './frozen.ts'
import { killed } from './killed.ts'
import { linkCut } from './network.ts'

export const twoAtOnce: FaultKind = {
  name: 'two at once',
  weight: 3,
  draw: (draw) => {
    const standing = draw.oneOf<FaultKind>([frozen, linkCut]).draw(draw)
    let struck: DrawnFault
    do struck = killed.draw(draw)
    while (struck.target === standing.target)
    return {
      target: `${standing.target} and ${struck.target}`,
      how: `${standing.how ?? 'frozen'} and killed`,
      forMs: standing.forMs,
      strike: async (scene) => {
        await standing.strike(scene)
        await struck.strike(scene)
      },
      mend: async (scene) => {
        await standing.mend(scene)
        await struck.mend(scene)
      },
    }
  },
}
