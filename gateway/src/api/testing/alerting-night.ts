// A night of alerting in the log of an API under test, visible in its read model.

import { night } from '@secumon/projections/alerts/testing/night'
import { DISK, id, say } from '@secumon/projections/alerts/testing/speech'
import { pendingEvent } from '@secumon/projections/alerts/testing/alerts'
import { comesTrue } from '@secumon/infra/testing/comes-true'
import type { ApiUnderTest } from './api-under-test.ts'

/** An alert of the platform itself. */
export const PLATFORM_ALERT = id(901)

/** Appends it; `token` is of somebody who sees tenant `main`. */
export async function recordNight(t: ApiUnderTest, token: string): Promise<void> {
  const ofPlatform = say({
    tenant: 'system',
    aggregate: 'alert',
    id: PLATFORM_ALERT,
    version: 1,
    events: [pendingEvent({ minute: 1, agent: '' })],
  })
  for (const { subject, payload } of [...night, ofPlatform]) await t.log.append(subject, payload)
  await comesTrue('the night shows', async () => {
    const { body } = await t.ask(`/api/v1/alerts/${DISK}`, { token })
    return /"maintenance"/.test(JSON.stringify(body))
  })
}
