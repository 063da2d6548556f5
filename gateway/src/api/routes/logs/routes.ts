// What of the API is about logs.

import type { ApiDeps } from '../../deps.ts'
import { logContext } from './context.ts'
import { logFacets, logHistogram } from './counts.ts'
import { logExport } from './export.ts'
import { searchLogs } from './search.ts'
import { tailLogs } from './tail.ts'

/** A line a route. */
export const logRoutes = (deps: ApiDeps) =>
  [
    searchLogs(deps),
    logHistogram(deps),
    logFacets(deps),
    logContext(deps),
    logExport(deps),
    tailLogs(deps),
  ] as const
