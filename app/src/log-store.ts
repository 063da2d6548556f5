// Where log lines are searched: in Loki where there is one, else in PostgreSQL.

import type { LogStore } from '@secumon/projections/logs/queries/log-store'
import { lokiClient } from '@secumon/projections/logs/loki/loki-client'
import { lokiLogStore } from '@secumon/projections/logs/loki/loki-store'
import { postgresLogStore } from '@secumon/projections/logs/queries/postgres-store'
import type { Kysely } from 'kysely'
import type { Config } from './config.ts'
import { lokiOptions } from './loki.ts'

/** @param nowMs monotonic */
export function logStore(config: Config, db: Kysely<unknown>, nowMs: () => number): LogStore {
  const loki = lokiOptions(config)
  return loki ? lokiLogStore({ ask: lokiClient(loki), nowMs }) : postgresLogStore({ db, nowMs })
}
