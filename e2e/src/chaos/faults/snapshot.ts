// An agent's virtual machine is put back to a snapshot: its spool is older than what the log has of it, and it must begin
// a new epoch.

import { join } from 'node:path'
import type { FaultKind } from '../fault.ts'
import { agentName } from '../fleets.ts'

export const snapshotRestored: FaultKind = {
  name: 'snapshot restored',
  weight: 2,
  draw: (draw) => {
    // An agent gets one new epoch in ten minutes: each is put back once before any is put back again.
    const agent = draw.fromDeck('snapshots', draw.cast.agents)
    const name = agentName(agent)
    return {
      target: name,
      forMs: draw.between(2_000, draw.cast.isBrief ? 4_000 : 8_000),
      strike: async (scene) => {
        const copy = join(scene.options.directory, 'snapshots', name)
        await scene.fleets.copyState(scene.fleets.fleetOf(agent), name, copy)
        await scene.law.promises.snapshotTaken(name)
      },
      mend: async (scene) => {
        const fleet = scene.fleets.fleetOf(agent)
        await scene.process(fleet).end('SIGKILL')
        await scene.fleets.restoreState(fleet, name, join(scene.options.directory, 'snapshots', name))
        await scene.law.promises.snapshotRestored(name)
        await scene.process(fleet).ensureUp()
      },
    }
  },
}
