// The changes of one tenant's fleet, gathered for a second and then told to everybody who looks.

import { liveFleetSubject } from '@secumon/contracts/subjects'
import type { EventLog } from '@secumon/infra/eventlog/event-log'
import type { Logger } from 'pino'
import { z } from 'zod'
import { FleetAgent } from '../schemas/fleet.ts'
import { encodeEvent, type LiveConnection } from './live-connection.ts'

export const FLUSH_MS = 1_000

const Rows = z.array(FleetAgent)

export type FleetFeed = {
  readonly connections: Set<LiveConnection>
  stop(): void
}

export function fleetFeed(log: Pick<EventLog, 'subscribeLive'>, tenant: string, logger: Logger): FleetFeed {
  const connections = new Set<LiveConnection>()
  const changed = new Map<string, z.infer<typeof FleetAgent>>()
  const unsubscribe = log.subscribeLive(liveFleetSubject(tenant), (payload) => {
    for (const row of readRows(payload, logger)) changed.set(row.id, row)
  })
  const timer = setInterval(() => {
    if (changed.size === 0) return
    const rows = [...changed.values()]
    changed.clear()
    const event = encodeEvent('fleet', rows)
    for (const connection of connections) connection.sendFleet(rows, event)
  }, FLUSH_MS)
  return {
    connections,
    stop() {
      clearInterval(timer)
      unsubscribe()
    },
  }
}

function readRows(payload: Uint8Array, logger: Logger): z.infer<typeof FleetAgent>[] {
  try {
    return Rows.parse(JSON.parse(Buffer.from(payload).toString('utf8')))
  } catch (error) {
    logger.warn({ err: error }, 'a live fleet message was not understood')
    return []
  }
}
