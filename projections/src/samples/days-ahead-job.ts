// Days are made before anything is measured in them, so that writers need not stop to make them.

import { makeDaysAhead } from '@secumon/migrations/partitions'
import { liveSchema, NoGeneration } from '../live-generation.ts'
import { NotYet, type JobContext, type StorageJob } from '../storage/storage-job.ts'

export const daysAhead: StorageJob = {
  name: 'days-ahead',
  about: 'makes the days of the sample tables that come next',
  schedule: { everyMs: 3_600_000 },
  async run({ db, clock }) {
    const schema = await samplesSchema({ db })
    const created = await makeDaysAhead(db, { schema, nowMs: clock.nowMs() })
    return created.length > 0 ? `made ${created.join(', ')}` : undefined
  },
}

/** The live generation's. @throws NotYet before there is one */
export async function samplesSchema({ db }: Pick<JobContext, 'db'>): Promise<string> {
  try {
    return await liveSchema(db, 'samples')
  } catch (error) {
    throw error instanceof NoGeneration ? new NotYet('waits for the first sample table') : error
  }
}
