// What this machine offers to the faults, tried out.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Facility } from './fault.ts'
import { PacketNetwork } from './packet-network.ts'
import { fakeTimeLibrary } from './scene-clocks.ts'
import { Volume } from './volume.ts'

const trials: Readonly<Record<Facility, () => Promise<boolean>>> = {
  volumes: async () => {
    const directory = await mkdtemp(join(tmpdir(), 'secumon-volume-'))
    try {
      await (await Volume.mount(directory, 1024 ** 2)).unmount()
      return true
    } finally {
      await rm(directory, { recursive: true })
    }
  },
  namespaces: async () => {
    await (await PacketNetwork.create(0)).remove()
    return true
  },
  faketime: async () => (await fakeTimeLibrary()) !== undefined,
}

/** Those of the wanted ones that work here; `say` hears why others do not. */
export async function findFacilities(
  wanted: readonly Facility[],
  say: (line: string) => void,
): Promise<Set<Facility>> {
  const found = new Set<Facility>()
  for (const facility of wanted)
    try {
      if (await trials[facility]()) found.add(facility)
      else say(`no ${facility} here: faults that need them are left out`)
    } catch (error) {
      const [why] = String(error).split('\n')
      say(`no ${facility} here, faults that need them are left out: ${why}`)
    }
  return found
}
