// What programs of a simulated host publish themselves: the nightly backup, the queue of mails, the web server's
// requests. Backups follow from seed and date alone, so that a fleet that starts again goes on with the same ones.

import type { CustomSamples } from '@secumon/contracts/gen/observation'
import { customSamples, type CustomValue } from '../custom-samples.ts'
import { createRandom } from './random.ts'
import type { SimulatedHost } from './simulated-host.ts'

/** Values once there are deltas. */
export const SIMULATED_CUSTOM = 6

const DAY_MS = 86_400_000
/** One night in thirty there is no backup. */
const FAILED_SHARE = 1 / 30
const MOST_FAILED_NIGHTS = 7

/** All values since the last call; the first has only levels, as with a real agent. It changes the state. */
export function simulatedCustom(host: SimulatedHost, atMs: number): CustomSamples {
  const intervalMs = host.sinceCustomMs ?? 0
  host.sinceCustomMs = 0
  const values = [...backup(host, atMs), level('mail_queue_length', '', queueLength(host))]
  return customSamples(intervalMs, intervalMs > 0 ? [...values, ...requests(host, intervalMs)] : values)
}

const level = (metric: string, labels: string, value: number): CustomValue => ({
  metric,
  isCounter: false,
  labels,
  value,
})

/** Made every night at the host's own hour, some nights not. */
function backup({ seed, backupAtMs }: SimulatedHost, atMs: number): CustomValue[] {
  const latest = Math.floor((atMs - backupAtMs) / DAY_MS)
  let night = latest
  while (night > latest - MOST_FAILED_NIGHTS && dice(seed, night).next() < FAILED_SHARE) night--
  const gibibytes = (2 + 40 * dice(seed, 0).next()) * (1 + 0.1 * dice(seed, night).wobble())
  const ageMs = atMs - backupAtMs - night * DAY_MS
  return [
    level('backup_age_seconds', 'job="database"', Math.round(ageMs / 1000)),
    level('backup_size_bytes', 'job="database"', Math.round(gibibytes * 1024 ** 3)),
  ]
}

const dice = (seed: number, night: number) => createRandom(Math.imul(seed + 1, 0x85ebca6b) ^ night)

const queueLength = ({ customRandom, activity }: SimulatedHost): number =>
  Math.floor(0.3 * activity * customRandom.next() ** 2)

/** By code; a burst of work brings errors. */
function requests({ customRandom, activity, burstMs }: SimulatedHost, intervalMs: number): CustomValue[] {
  const all = Math.round(((2 * activity * intervalMs) / 1000) * (0.8 + 0.4 * customRandom.next()))
  const missing = Math.round(all * 0.02 * customRandom.next())
  const failed = Math.round(all * (burstMs > 0 ? 0.03 : 0.0005) * customRandom.next())
  return Object.entries({ 200: all - missing - failed, 404: missing, 500: failed }).map(([code, value]) => ({
    metric: 'http_requests_total',
    isCounter: true,
    labels: `code="${code}",site="www"`,
    value,
  }))
}
