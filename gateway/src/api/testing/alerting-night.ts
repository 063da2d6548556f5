// A night of alerting in the log of an API under test, visible in its read model.

import { create } from '@bufbuild/protobuf'
import { AgentRegisteredSchema } from '@secumon/contracts/gen/agent'
import type { DomainEvent } from '@secumon/domain/decider'
import { night } from '@secumon/projections/alerts/testing/night'
import { AGENT, DISK, id, say } from '@secumon/projections/alerts/testing/speech'
import { pendingEvent } from '@secumon/projections/alerts/testing/alerts'
import { comesTrue } from '@secumon/infra/testing/comes-true'
import type { ApiUnderTest } from './api-under-test.ts'

/** An alert of the platform itself. */
export const PLATFORM_ALERT = id(901)

/** Appends it; `token` is of somebody who sees tenant `main` and the platform. */
export async function recordNight(t: ApiUnderTest, token: string): Promise<void> {
  const ofPlatform = say({
    tenant: 'system',
    aggregate: 'alert',
    id: PLATFORM_ALERT,
    version: 1,
    events: [pendingEvent({ minute: 1, agent: '' })],
  })
  const enrolled: DomainEvent = {
    case: 'agentRegistered',
    value: create(AgentRegisteredSchema, { name: 'web-1', tags: ['web'] }),
  }
  const agent = say({ aggregate: 'agent', id: AGENT, version: 1, events: [enrolled] })
  for (const { subject, payload } of [agent, ...night, ofPlatform]) await t.log.append(subject, payload)
  await comesTrue('the night shows', async () => {
    const disk = await t.ask(`/api/v1/alerts/${DISK}`, { token })
    // The last one appended.
    const all = await t.ask('/api/v1/alerts', { token })
    return (
      JSON.stringify(disk.body).includes('"maintenance"') && JSON.stringify(all.body).includes(PLATFORM_ALERT)
    )
  })
}
