// Where log lines are kept when it is not PostgreSQL, as configured.

import type { LokiOptions } from '@secumon/projections/logs/loki/loki-client'
import type { Config } from './config.ts'

/** Undefined: they are kept in PostgreSQL. */
export function lokiOptions(config: Config): LokiOptions | undefined {
  const { lokiUrl, lokiUser, lokiPassword, lokiToken, lokiTenant } = config
  if (lokiUrl === undefined) return undefined
  return {
    url: lokiUrl,
    ...(lokiUser !== undefined && { user: lokiUser }),
    ...(lokiPassword !== undefined && { password: lokiPassword }),
    ...(lokiToken !== undefined && { token: lokiToken }),
    ...(lokiTenant !== undefined && { tenant: lokiTenant }),
  }
}
