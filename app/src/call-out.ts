// The dead-man call as one part of the alerters' work: whoever has it looks how the platform is, and calls out.

import { LANES } from '@secumon/contracts/lanes'
import type { NatsEventLog } from '@secumon/infra/eventlog/connect-event-log'
import type { Database } from '@secumon/infra/database/database'
import type { Part } from '@secumon/projections/reactors/start-alerting'
import { setTimeout as sleep } from 'node:timers/promises'
import { archiveDirectory } from './archive-place.ts'
import { deadMan } from './dead-man.ts'
import type { Platform } from './platform.ts'
import { platformStatus } from './status/platform-status.ts'
import { problems } from './status/problems.ts'
import { streamsOf } from './streams-of.ts'

const LOOK_PERIOD_MS = 10_000

type Asked = { readonly log: NatsEventLog; readonly db: Database }

/** None where no address is configured. */
export function callOut({ config, clock, logger }: Platform, { log, db }: Asked): Part[] {
  const { deadmanUrl: url, shards } = config
  if (url === undefined) return []
  const call = deadMan({ url, clock, logger })
  const streams = streamsOf({ feeds: ['events', ...LANES] }, shards)
  // Its disk is looked at where it is.
  const archive = { directory: archiveDirectory(config), reserveBytes: 0 }
  const wrong = async (): Promise<readonly string[]> => {
    const nowMs = clock.nowMs()
    return problems(await platformStatus({ db, log, streams, archive, reconciled: true, nowMs }), nowMs)
  }
  const run: Part['run'] = async ({ signal }) => {
    while (!signal.aborted) {
      await call(await wrong().catch(() => ['database or event log do not answer']))
      await sleep(LOOK_PERIOD_MS, undefined, { signal }).catch(() => undefined)
    }
  }
  return [{ name: 'dead-man', run }]
}
