// States of systemd units, asked of systemctl once a minute beside the ticks and sent when one changed.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createBackground } from './background.ts'
import type { Collector, MeasuredHost } from './collector.ts'

export const MAX_UNITS = 2_000
const PERIOD_MS = 60_000
const TIMEOUT_MS = 15_000
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024
/** Devices, scopes and slices come and go with every login and say nothing about health. */
const TYPES = 'service,socket,timer,mount,automount,swap,path,target'
const ARGUMENTS = ['list-units', '--all', '--plain', '--no-legend', '--no-pager', '--full', `--type=${TYPES}`]

export type Unit = { readonly unit: string; readonly activeState: string; readonly subState: string }

/** Measures `systemd.failed_units` and the units; absent where systemd does not run. */
export function createSystemdUnitsCollector(
  { roots }: MeasuredHost,
  list: () => Promise<string> = listUnits,
): Collector {
  const systemdRuns = existsSync(join(roots.root, 'run/systemd/system'))
  const listing = createBackground(list)
  let askedMs = -Infinity
  let sent = ''
  let failed: number | undefined
  return {
    name: 'systemd-units',
    collect({ monotonicMs }) {
      if (!systemdRuns) return {}
      if (monotonicMs - askedMs >= PERIOD_MS && !listing.running) {
        askedMs = monotonicMs
        listing.start()
      }
      const text = listing.take()
      if (text === undefined) return { host: { systemdFailedUnits: failed } }
      const units = parseUnits(text)
      failed = units.filter((unit) => unit.activeState === 'failed').length
      const states = units.map((unit) => `${unit.unit} ${unit.activeState} ${unit.subState}`).join('\n')
      const changed = states !== sent
      sent = states
      return { host: { systemdFailedUnits: failed }, ...(changed && { systemdUnits: columns(units) }) }
    },
  }
}

async function listUnits(): Promise<string> {
  const options = {
    timeout: TIMEOUT_MS,
    maxBuffer: MAX_OUTPUT_BYTES,
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  }
  const { stdout } = await promisify(execFile)('systemctl', ARGUMENTS, options)
  return stdout
}

/** Lines of `UNIT LOAD ACTIVE SUB DESCRIPTION`; units that were never found are left out. */
export function parseUnits(listing: string): Unit[] {
  const units: Unit[] = []
  for (const line of listing.split('\n')) {
    const [unit, load, activeState, subState] = line.replace(/^[●×*↻ ]+/, '').split(/ +/, 4)
    if (!unit || !activeState || !subState || load === 'not-found') continue
    if (units.length < MAX_UNITS) units.push({ unit, activeState, subState })
  }
  return units
}

const columns = (units: readonly Unit[]) => ({
  unit: units.map(({ unit }) => unit),
  activeState: units.map(({ activeState }) => activeState),
  subState: units.map(({ subState }) => subState),
})
