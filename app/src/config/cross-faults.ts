// What is wrong with settings that are right each for itself. Pure.

import { settings, type Config } from './settings.ts'

/** Buckets of samples this late are made again from raw rows, which must still be there then. */
const LATE_DAYS = 4

/** One line for each. Settings that are wrong themselves are not there. */
export function crossFaults(config: Partial<Config>): string[] {
  const { rawDays, rollup5minDays, rollup1hourDays } = config
  const faults: string[] = []
  if (rawDays !== undefined && rawDays <= LATE_DAYS)
    faults.push(
      `${settings.rawDays.variable} (${rawDays}): must be more than ${LATE_DAYS}, for samples that late are still rolled up`,
    )
  if (rawDays !== undefined && rollup5minDays !== undefined && rollup5minDays < rawDays)
    faults.push(
      `${settings.rollup5minDays.variable} (${rollup5minDays}): must not be less than ${settings.rawDays.variable} (${rawDays})`,
    )
  if (rollup5minDays !== undefined && rollup1hourDays !== undefined && rollup1hourDays < rollup5minDays)
    faults.push(
      `${settings.rollup1hourDays.variable} (${rollup1hourDays}): must not be less than ${settings.rollup5minDays.variable} (${rollup5minDays})`,
    )
  const { lokiUrl, lokiUser, lokiPassword, lokiToken } = config
  if (lokiUrl === undefined && (lokiUser ?? lokiPassword ?? lokiToken) !== undefined)
    faults.push(`${settings.lokiUrl.variable}: is missing, but what lets us in there is given`)
  if ((lokiUser === undefined) !== (lokiPassword === undefined))
    faults.push(`${settings.lokiUser.variable} and ${settings.lokiPassword.variable}: belong together`)
  return faults
}
