// A volume on which nothing more can be written, until room is made.

import type { FaultKind } from '../fault.ts'
import type { Scene } from '../scene.ts'
import type { VolumeName } from '../scene-volumes.ts'
import { anyFleet } from './targets.ts'

export const diskFull: FaultKind = {
  name: 'disk full',
  weight: 4,
  needs: ['volumes'],
  draw: (draw) => {
    const target = draw.oneOf<VolumeName>(['nats', 'postgres', 'archive', anyFleet(draw)])
    return {
      target,
      forMs: draw.between(2_000, draw.cast.isBrief ? 4_000 : 9_000),
      strike: (scene) => scene.volumes.get(target).fill(),
      mend: async (scene) => {
        await scene.volumes.get(target).free()
        if (target === 'nats') await restartNats(scene)
      },
    }
  },
}

// Where its disk was full nats-server switches JetStream off, or stands still without a word (2.9), until it is started
// again: what an operator does who has made room.
async function restartNats(scene: Scene): Promise<void> {
  await scene.process('nats').end('SIGKILL')
  await scene.process('nats').ensureUp()
}
