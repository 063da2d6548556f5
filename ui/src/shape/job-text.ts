// Jobs of the storage in words.

import { FRENCH_JOBS } from '../i18n/fr-storage.ts'
import type { StorageMessages } from '../i18n/en-storage.ts'
import type { StorageJob } from '../lib/storage-types.ts'

/** What it does, without a subject. */
export const jobAbout = ({ name, about }: StorageJob, language: 'en' | 'fr'): string =>
  language === 'fr' ? (FRENCH_JOBS[name] ?? about) : about

/** The schedule, which the server writes as `every 5 min` or `daily at 04:00 UTC`. */
export function scheduleWords({ schedule }: StorageJob, s: StorageMessages): string {
  const [, count, unit] = /^every (\d+) (h|min|s|ms)$/.exec(schedule) ?? []
  if (count !== undefined && unit !== undefined) return s.everyUnit(count, unit)
  const [, time, zone] = /^daily at (\S+) (\S+)$/.exec(schedule) ?? []
  return time !== undefined && zone !== undefined ? s.dailyAt(time, zone) : schedule
}

/** Worst first, then those of this program before the database's, by name. */
export const sortedJobs = (jobs: readonly StorageJob[]): StorageJob[] =>
  jobs.toSorted((a, b) => rank(a) - rank(b) || a.owner.localeCompare(b.owner) || a.name.localeCompare(b.name))

const rank = ({ state }: StorageJob): number => (state === 'failed' ? 0 : 1)
