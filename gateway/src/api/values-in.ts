// How many measured values a frame holds.

import type { Observation } from '@secumon/contracts/gen/observation'

/** Numbers in the observations' samples; names, times and process ids are not values. */
export const valuesIn = (observations: readonly Observation[]): number =>
  observations.reduce(
    (sum, observation) => sum + samplesOf(observation).reduce((n, sample) => n + numbersIn(sample), 0),
    0,
  )

const samplesOf = ({
  host,
  filesystems,
  blockDevices,
  networks,
  temperatures,
  processes,
}: Observation): object[] => {
  const { cpuPercent, rssBytes } = processes ?? {}
  return [host, filesystems, blockDevices, networks, temperatures, { cpuPercent, rssBytes }].filter(
    (sample) => sample !== undefined,
  )
}

const numbersIn = (sample: object): number =>
  Object.values(sample).reduce<number>((n, field: unknown) => {
    if (typeof field === 'number') return n + 1
    return Array.isArray(field) && typeof field[0] === 'number' ? n + field.length : n
  }, 0)
