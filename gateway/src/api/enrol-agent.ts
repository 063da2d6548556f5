// From a token and a public key to an agent: allocated in the vault, told to the log, then activated. Whoever asks again
// with the same key continues where the first attempt stopped.

import { create, toBinary } from '@bufbuild/protobuf'
import { ActorSchema } from '@secumon/contracts/gen/envelope'
import { EpochStartedSchema } from '@secumon/contracts/gen/identity'
import { LANES } from '@secumon/contracts/lanes'
import { rawPublicKey } from '@secumon/contracts/signing'
import { agent, type AgentCommand } from '@secumon/domain/agent'
import type { AggregateRef } from '@secumon/domain/decider'
import { identity, type Identity } from '@secumon/domain/identity'
import { Rejected } from '@secumon/domain/rejected'
import { fold, handle } from '@secumon/infra/eventlog/handle'
import {
  activateEnrolment,
  consumeEnrolmentToken,
  type Enrolment,
} from '@secumon/infra/vault/enrolment-tokens'
import { createHash } from 'node:crypto'
import type { z } from 'zod'
import type { ApiDeps } from './deps.ts'
import type { EnrolBody, EnrolledBody } from './schemas/enrol.ts'

export type EnrolDeps = Pick<ApiDeps, 'db' | 'store' | 'clock' | 'ingestUrl' | 'configKey'>

const ACTOR = create(ActorSchema, { actor: { case: 'platform', value: 'api' } })

/**
 * Enrols, or finds enrolled; undefined when the token is not good.
 * @throws Rejected `invalid` on a bad name or tag, `revoked` when the key's identity is, `unavailable` without a log
 */
export async function enrolAgent(
  deps: EnrolDeps,
  request: z.output<typeof EnrolBody>,
): Promise<z.infer<typeof EnrolledBody> | undefined> {
  const { token, name, tags, simulated } = request
  const publicKey = new Uint8Array(Buffer.from(request.public_key, 'base64'))
  const registration: AgentCommand = { kind: 'RegisterAgent', name, tags, simulated }
  // What the log would refuse must not cost a use of the token.
  agent.decide(registration, undefined)
  const enrolment = await consumeEnrolmentToken(deps.db, { token, publicKey }, deps.clock)
  if (!enrolment) return undefined
  const state = await enrolIdentity(deps, enrolment, publicKey)
  if (state.revoked) throw new Rejected('revoked', 'this key was revoked: make a new one and enrol again')
  await register(deps, { enrolment, registration, publicKey })
  if (!enrolment.activated) await activateEnrolment(deps.db, publicKey, deps.clock)
  return enrolledBody(deps, enrolment, state)
}

async function enrolIdentity(
  { store, clock }: EnrolDeps,
  { tenant, agent: id, createdAtMs, activated }: Enrolment,
  publicKey: Uint8Array,
): Promise<Identity> {
  const aggregate: AggregateRef = { tenant, aggregate: identity.aggregate, id }
  const { envelope } = await handle(store, identity, {
    aggregate,
    command: { kind: 'EnrolAgent', agent: id, tenant, publicKey, atMs: createdAtMs },
    commandId: commandId(publicKey),
    actor: ACTOR,
    clock,
  })
  // An agent that was here before may have begun other epochs since.
  const fresh = envelope !== undefined && !activated
  const state = fold(identity, fresh ? [envelope] : (await store.read(aggregate)).envelopes)
  // The log has lost them and is not put right yet: the agent asks again.
  if (!state) throw new Rejected('unavailable', `the event log lacks the identity ${id}`)
  return state
}

type Registration = {
  readonly enrolment: Enrolment
  readonly registration: AgentCommand
  readonly publicKey: Uint8Array
}

const register = ({ store, clock }: EnrolDeps, { enrolment, registration, publicKey }: Registration) =>
  handle(store, agent, {
    aggregate: { tenant: enrolment.tenant, aggregate: agent.aggregate, id: enrolment.agent },
    command: registration,
    commandId: commandId(publicKey),
    actor: ACTOR,
    clock,
  })

// The same key makes the same command, so that a retry is found as appended.
const commandId = (publicKey: Uint8Array): string =>
  createHash('sha256').update('secumon-enrol-v1\0').update(publicKey).digest('hex')

function enrolledBody(
  { ingestUrl, configKey }: EnrolDeps,
  { tenant, agent: id }: Enrolment,
  state: Identity,
): z.infer<typeof EnrolledBody> {
  return {
    tenant,
    agent: id,
    ingest_url: ingestUrl,
    config_public_key: Buffer.from(rawPublicKey(configKey)).toString('base64'),
    epochs: LANES.flatMap((lane) => {
      const started = state.epochs[lane]
      if (!started) return []
      const bytes = Buffer.from(toBinary(EpochStartedSchema, started))
      return [{ lane, epoch: Number(started.epoch), epoch_started: bytes.toString('base64') }]
    }),
  }
}
