// Which relations of an answer are those of a panel: one request asks for many panels at once.

import { metricOf } from '@secumon/contracts/metrics'

/** Those in which the metrics lie, out of a list with commas: their tables, and what is rolled up of those. */
export function sourcesOf(keys: readonly string[], list: string): string[] {
  const tables = new Set(keys.flatMap((key) => metricOf(key)?.table ?? []))
  return list.split(',').filter((name) => [...tables].some((table) => `${name}_`.startsWith(`${table}_`)))
}
