// An agent's virtual machine is put back to a snapshot: its spool is older than what the log has of it, and it must begin
// a new epoch. One with a small spool is cut off first, until it has dropped what no log ever had.

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultKind } from '../fault.ts'
import { agentName } from '../fleets.ts'

const CUT_OFF_MS = 24_000

export const snapshotRestored: FaultKind = {
  name: 'snapshot restored',
  weight: 2,
  draw: (draw) => {
    // An agent gets one new epoch in ten minutes: each is put back once before any is put back again.
    const agent = draw.fromDeck('snapshots', draw.cast.agents)
    const name = agentName(agent)
    const { agents, fleets, isBrief } = draw.cast
    const isCutOff = !isBrief && agent >= agents - agents / fleets
    return {
      target: name,
      ...(isCutOff && { how: 'then cut off' }),
      forMs: draw.between(2_000, isBrief ? 4_000 : 8_000),
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
        const link = scene.network.link('agents→gateways')
        if (isCutOff) link.cut()
        await scene.process(fleet).ensureUp()
        if (isCutOff) await sleep(CUT_OFF_MS)
        link.mend()
      },
    }
  },
}
