// Says on every telemetry shard that this gateway is there to hear, so that a silent agent can be told from a platform
// that was deaf.

import { create, toBinary } from '@bufbuild/protobuf'
import { LaneRecordSchema } from '@secumon/contracts/gen/frame'
import { clockSubject, laneStream } from '@secumon/contracts/subjects'
import type { IngestContext } from './ingest-context.ts'

/** Appends one sign of life to each shard if the log takes it; what it does not take is not owed. */
export async function sayAlive({ log, clock, shards }: IngestContext, gateway: string): Promise<void> {
  const value = { gateway, atMs: BigInt(clock.nowMs()) }
  const payload = toBinary(
    LaneRecordSchema,
    create(LaneRecordSchema, { record: { case: 'gatewayAlive', value } }),
  )
  const taking = Array.from({ length: shards }, (_, shard) => shard).filter(
    (shard) => log.troubleOf(laneStream('telemetry', shard)) === undefined,
  )
  await Promise.all(taking.map((shard) => log.append(clockSubject({ shard, kind: 'gateway' }), payload)))
}
