// The table of projections: one line each. Enabled means: fed, and waited for before the log forgets.

import type { Cache } from '@secumon/infra/cache/cache'
import { agentsProjector } from '@secumon/projections/agents/project'
import { alertsProjector } from '@secumon/projections/alerts/project'
import { eventsArchiveProjector } from '@secumon/projections/events-archive/project'
import type { Latest } from '@secumon/projections/latest/latest'
import { announcing } from '@secumon/projections/latest/live-fan-out'
import { latestProjector } from '@secumon/projections/latest/project'
import { lokiClient, type LokiOptions } from '@secumon/projections/logs/loki/loki-client'
import { lokiProjector } from '@secumon/projections/logs/loki/project'
import { logsProjector } from '@secumon/projections/logs/project'
import type { Projector } from '@secumon/projections/projector'
import { retentionProjector } from '@secumon/projections/retention/project'
import { samplesProjector } from '@secumon/projections/samples/project'
import type { KeptDays } from '@secumon/projections/storage/kept-days'
import type { EventLog } from '@secumon/infra/eventlog/event-log'
import type { Logger } from 'pino'
import { streamsOf } from './streams-of.ts'

export type ProjectorParts = {
  readonly live: Pick<EventLog, 'publishLive'>
  readonly logger: Logger
  /** Shared by processes; absent when there is none. */
  readonly cache: Cache<Latest> | undefined
  readonly kept: KeptDays
  /** Keeps log lines; absent: PostgreSQL does. */
  readonly loki: LokiOptions | undefined
}

/** Makes a projector for one loop (some keep buffers of the rows they are writing); none where it has no use. */
export type MakeProjector = (parts: ProjectorParts) => readonly Projector[]

/** What the role `projector` runs. */
export const readModels: readonly MakeProjector[] = [
  ({ live, kept, logger }) => [announcing(samplesProjector({ kept, logger }), live)],
  ({ live }) => [agentsProjector({ live })],
  ({ live }) => [alertsProjector({ live })],
  () => [retentionProjector],
  ({ live, kept, loki, logger }) =>
    loki ? [lokiProjector({ ask: lokiClient(loki), live, logger })] : [logsProjector({ live, kept })],
  ({ cache, logger }) => (cache ? [latestProjector({ cache, logger })] : []),
]

/** What the role `archiver` runs. */
export const archives: readonly MakeProjector[] = [() => [eventsArchiveProjector]]

export type Loop = { readonly projector: Projector; readonly stream: string }

/** One loop for each projection and stream, each with a projector of its own. */
export const loopsOf = (makers: readonly MakeProjector[], parts: ProjectorParts, shards: number): Loop[] =>
  makers.flatMap((make) =>
    make(parts).flatMap((projector, i) =>
      streamsOf(projector, shards).map((stream) => ({ projector: make(parts)[i] ?? projector, stream })),
    ),
  )
