// One tick of a simulated host: a daily rhythm, drift, bursts, disks that fill and are cleaned, now and then a
// reboot. Made for load tests: exactly 120 values a tick, plus two per process and what programs publish once a process
// period.

import { create } from '@bufbuild/protobuf'
import { ObservationSchema, type Observation } from '@secumon/contracts/gen/observation'
import { simulatedCustom } from './simulated-custom.ts'
import { simulatedBlockDevices, simulatedFilesystems, simulatedNetworks } from './simulated-devices.ts'
import type { SimulatedHost } from './simulated-host.ts'
import { advance } from './simulated-life.ts'
import { simulatedInventory, simulatedProcesses } from './simulated-software.ts'
import { simulatedTemperatures, simulatedVitals } from './simulated-vitals.ts'

/** Values of an observation that has deltas, its processes and what programs publish not counted. */
export const SIMULATED_VALUES = 120

/**
 * What the host measures now; it changes the state. As with a real agent, an interval of 0 has no deltas, and the
 * first observation (of every boot) brings the inventory.
 */
export function simulatedObservation(host: SimulatedHost, atMs: number, intervalMs: number): Observation {
  advance(host, atMs, intervalMs)
  const observation = create(ObservationSchema)
  observation.atMs = BigInt(atMs)
  observation.intervalMs = intervalMs
  observation.periodMs = host.periodMs
  observation.simulated = true
  observation.host = simulatedVitals(host, intervalMs)
  observation.temperatures = simulatedTemperatures(host, observation.host, intervalMs)
  observation.filesystems = simulatedFilesystems(host)
  if (intervalMs > 0) {
    observation.blockDevices = simulatedBlockDevices(host, intervalMs)
    observation.networks = simulatedNetworks(host, intervalMs)
  }
  addSoftware(host, observation)
  return observation
}

function addSoftware(host: SimulatedHost, observation: Observation): void {
  host.sinceProcessesMs += observation.intervalMs
  if (host.sinceCustomMs !== undefined) host.sinceCustomMs += observation.intervalMs
  if (
    host.processPeriodMs > 0 &&
    observation.intervalMs > 0 &&
    host.sinceProcessesMs >= host.processPeriodMs
  ) {
    host.sinceProcessesMs %= host.processPeriodMs
    observation.processes = simulatedProcesses(host)
    observation.custom = simulatedCustom(host, Number(observation.atMs))
  }
  if (host.inventorySent) return
  host.inventorySent = true
  observation.inventory = simulatedInventory(host, Number(observation.atMs))
}
