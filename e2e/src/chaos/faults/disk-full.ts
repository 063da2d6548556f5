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
        if (target === 'nats') await restartIfDisabled(scene)
      },
    }
  },
}

// nats-server switches JetStream off when its disk is full, until it is started again: what an operator does who has
// made room.
async function restartIfDisabled(scene: Scene): Promise<void> {
  const { child } = scene.platform.nats
  if (!/will be DISABLED/.test(child.output())) return
  await scene.process('nats').end('SIGTERM')
  await scene.process('nats').ensureUp()
}
