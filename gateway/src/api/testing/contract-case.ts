// How a route is asked so that it succeeds, and what it must answer.

import type { z } from 'zod'
import type { Ask } from './api-under-test.ts'

export type ContractCase = {
  /** Absent: as the route is written. */
  readonly path?: string
  readonly ask: Ask
  readonly schema?: z.ZodType
  /** Absent: 200. */
  readonly status?: number
}
