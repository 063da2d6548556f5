// The policy of a tenant that has none: every channel is told at once, so that adding one is enough to begin with.

import { create } from '@bufbuild/protobuf'
import {
  EscalationPolicySpecSchema,
  type EscalationPolicySpec,
  type Target,
} from '@secumon/contracts/gen/escalation'

const MINUTE_MS = 60_000

/** A ULID of the time 0: no other policy can have it. */
export const BUILT_IN_POLICY = '0'.repeat(25) + '1'

/** Told host by host, again every four hours while nobody has acknowledged. @param channels ULIDs */
export const builtInPolicy = (channels: readonly string[]): EscalationPolicySpec =>
  create(EscalationPolicySpecSchema, {
    name: 'All channels',
    groupBy: ['agent'],
    groupIntervalMs: 5 * MINUTE_MS,
    repeatIntervalMs: 4 * 60 * MINUTE_MS,
    steps: channels.length > 0 ? [{ targets: channels.map(targetOf) }] : [],
    sendResolved: true,
  })

const targetOf = (channel: string): Omit<Target, '$typeName' | '$unknown'> => ({
  target: { case: 'channel', value: channel },
})
