// Temperatures from /sys/class/hwmon, and from /sys/class/thermal for zones that hwmon does not show.
// Source: Linux Documentation/hwmon/sysfs-interface.rst. Values are thousandths of a degree.

import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CreateCollector } from './collector.ts'

export const MAX_SENSORS = 64
const MAX_NAME_LENGTH = 128
const DISCOVERY_PERIOD_MS = 600_000
/** Outside of these a sensor is not connected. */
const COLDEST = -60
const HOTTEST = 200

/** Where a sensor's value is and what it is called, e.g. `coretemp/Core 0`. */
export type Sensor = { readonly name: string; readonly path: string }

/** Measures `temperature.*`; absent where the host has no sensor. Reads beside the tick: some sensors are slow. */
export const createTemperaturesCollector: CreateCollector = ({ roots }) => {
  let sensors: readonly Sensor[] = []
  let discoveredMs = -Infinity
  return {
    name: 'temperatures',
    async collect({ monotonicMs }) {
      if (monotonicMs - discoveredMs >= DISCOVERY_PERIOD_MS) {
        sensors = discoverSensors(roots.sys)
        discoveredMs = monotonicMs
      }
      const readings = await Promise.all(sensors.map(read))
      const good = readings.filter((reading) => reading !== undefined)
      if (good.length === 0) return {}
      const celsius = good.map((reading) => reading.celsius)
      return {
        host: { temperatureMaxCelsius: Math.max(...celsius) },
        temperatures: { sensor: good.map((reading) => reading.name), celsius },
      }
    },
  }
}

/** A sensor may sleep or vanish (a suspended GPU, a drive that left): then it has no value, and that is no fault. */
async function read({ name, path }: Sensor): Promise<{ name: string; celsius: number } | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const celsius = text === '' ? NaN : Number(text) / 1000
  return celsius > COLDEST && celsius < HOTTEST ? { name, celsius } : undefined
}

/** Lists the sensors in the kernel's order; a name seen before gets ` #2`, ` #3` … */
export function discoverSensors(sys: string): Sensor[] {
  const monitored = entries(join(sys, 'class/hwmon')).flatMap(monitorSensors)
  const chips = new Set(monitored.map((sensor) => sensor.name.split('/')[0]))
  const zones = entries(join(sys, 'class/thermal'))
    .flatMap(zoneSensor)
    .filter((zone) => !chips.has(zone.name))
  const seen = new Map<string, number>()
  return [...monitored, ...zones].slice(0, MAX_SENSORS).map((sensor) => {
    const times = (seen.get(sensor.name) ?? 0) + 1
    seen.set(sensor.name, times)
    return times === 1 ? sensor : { ...sensor, name: `${sensor.name} #${times}` }
  })
}

function monitorSensors(directory: string): Sensor[] {
  const chip = content(join(directory, 'name')) ?? 'sensor'
  return entries(directory)
    .filter((path) => /temp\d+_input$/.test(path))
    .map((path) => {
      const label = content(path.replace(/input$/, 'label')) ?? /temp\d+(?=_input$)/.exec(path)?.[0] ?? 'temp'
      return { name: `${chip}/${label}`, path }
    })
}

function zoneSensor(directory: string): Sensor[] {
  const path = join(directory, 'temp')
  return /thermal_zone\d+$/.test(directory) && existsSync(path)
    ? [{ name: content(join(directory, 'type')) ?? 'thermal', path }]
    : []
}

const entries = (directory: string): string[] =>
  existsSync(directory)
    ? readdirSync(directory)
        .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
        .map((name) => join(directory, name))
    : []

const content = (path: string): string | undefined =>
  existsSync(path) ? readFileSync(path, 'utf8').trim().slice(0, MAX_NAME_LENGTH) || undefined : undefined
