// Logs in Loki. A tenant is held to its own by the header that names it and by a label in every query.

import type { LogStore } from '../queries/log-store.ts'
import { countFacets, countLines } from './loki-counts.ts'
import { searchLines } from './loki-search.ts'
import type { LokiStoreOptions } from './loki-slices.ts'

/** Asks Loki's query endpoints. */
export const lokiLogStore = (options: LokiStoreOptions): LogStore => ({
  search: (scope, search) => searchLines(options, scope, search),
  histogram: (scope, filter, buckets) => countLines(options, { scope, filter, buckets }),
  facets: (scope, filter) => countFacets(options, scope, filter),
})
