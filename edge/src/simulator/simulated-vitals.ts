// CPU, load, memory and temperatures of a simulated host: its vital signs.

import { create } from '@bufbuild/protobuf'
import {
  HostSampleSchema,
  TemperatureSamplesSchema,
  type HostSample,
  type TemperatureSamples,
} from '@secumon/contracts/gen/observation'
import { CORES, SENSORS, type SimulatedHost } from './simulated-host.ts'
import { within } from './simulated-life.ts'

/** Everything of a host sample; CPU shares need an interval. */
export function simulatedVitals(host: SimulatedHost, intervalMs: number): HostSample {
  const sample = create(HostSampleSchema)
  if (intervalMs > 0) addCpu(host, sample)
  addLoad(host, sample, intervalMs)
  addMemory(host, sample)
  sample.systemUptimeSeconds = host.uptimeMs / 1000
  sample.systemUsers = host.users
  sample.systemProcesses = host.processCount
  sample.systemdFailedUnits = host.failedUnits
  return sample
}

function addCpu(host: SimulatedHost, sample: HostSample): void {
  const { random, activity } = host
  const cores = host.coreSkew.map((skew) => within(activity * skew + 2 * random.wobble(), 0, 100))
  const usage = cores.reduce((sum, core) => sum + core, 0) / CORES
  const iowait = within((100 - usage) * 0.02 * random.next(), 0, 100 - usage)
  const steal = usage * 0.01 * random.next()
  sample.cpuCoreBusyPercent = cores
  sample.cpuUsagePercent = usage
  sample.cpuIowaitPercent = iowait
  sample.cpuStealPercent = steal
  sample.cpuSystemPercent = (usage - steal) * 0.25
  sample.cpuUserPercent = (usage - steal) * 0.75
  sample.cpuIdlePercent = 100 - usage - iowait
}

function addLoad(host: SimulatedHost, sample: HostSample, intervalMs: number): void {
  const runnable = (host.activity / 100) * CORES * (0.9 + 0.2 * host.random.next())
  const towards = (load: number, minutes: number) =>
    load + (runnable - load) * (1 - Math.exp(-intervalMs / (minutes * 60_000)))
  sample.cpuLoadAvg1 = host.load1 = towards(host.load1, 1)
  sample.cpuLoadAvg5 = host.load5 = towards(host.load5, 5)
  sample.cpuLoadAvg15 = host.load15 = towards(host.load15, 15)
}

function addMemory(host: SimulatedHost, sample: HostSample): void {
  const total = host.memoryTotalBytes
  const used = Math.round(total * host.memoryShare)
  const available = total - used
  sample.memoryTotalBytes = total
  sample.memoryUsedBytes = used
  sample.memoryAvailableBytes = available
  sample.memoryCachedBytes = Math.round(available * 0.7)
  sample.memoryBuffersBytes = Math.round(available * 0.03)
  sample.memoryUsagePercent = 100 * host.memoryShare
  sample.swapTotalBytes = host.swapTotalBytes
  sample.swapUsedBytes = Math.round(host.swapTotalBytes * host.swapShare)
  sample.swapUsagePercent = 100 * host.swapShare
}

/** All sensors; the package leads and the drive lags. Also fills the sample's hottest. */
export function simulatedTemperatures(
  host: SimulatedHost,
  sample: HostSample,
  intervalMs: number,
): TemperatureSamples {
  host.heat += (38 + 0.4 * host.activity - host.heat) * (1 - Math.exp(-intervalMs / 60_000))
  const temperatures = create(TemperatureSamplesSchema)
  let hottest = 0
  for (const sensor of SENSORS) {
    const celsius = Math.round(host.heat + 2 * host.random.wobble())
    temperatures.sensor.push(sensor)
    temperatures.celsius.push(celsius)
    hottest = Math.max(hottest, celsius)
  }
  sample.temperatureMaxCelsius = hottest
  return temperatures
}
