// The test button of a channel: one message, sent at once from here, so that whoever pressed it reads the true answer. That
// it is due, and that it is being sent, is one envelope: no alerter takes it meanwhile. It is never tried again.

import { create } from '@bufbuild/protobuf'
import type { ChannelSpec } from '@secumon/contracts/gen/escalation'
import { NotificationDueSchema, RoundKind } from '@secumon/contracts/gen/notification'
import { notification, type NotificationCommand } from '@secumon/domain/notification/notification'
import { newUlid } from '@secumon/infra/vault/vault-database'
import type { Principal } from '../../auth/principal.ts'
import type { Outcome } from '../../notify/notifier.ts'
import { carryOut, command, type CommandDeps } from '../carry-out.ts'
import type { ApiDeps } from '../deps.ts'
import { testMessage } from './messages.ts'

const WORKER = 'api'
const ATTEMPT = 1
const RESERVED_MS = 60_000

export type TestDeps = CommandDeps & Pick<ApiDeps, 'channelSecrets' | 'sender' | 'publicUrl' | 'logger'>

export type Tested = {
  readonly tenant: string
  readonly channel: string
  readonly spec: ChannelSpec
  readonly secretVersion: number
}

export type TestAnswer = { readonly outcome: Outcome; readonly tookMs: number }

/** @throws Rejected when the log does not take it: then nothing is sent */
export async function testChannel(deps: TestDeps, principal: Principal, tested: Tested): Promise<TestAnswer> {
  const { clock, channelSecrets, sender, publicUrl } = deps
  const { tenant, channel, spec, secretVersion: version } = tested
  const atMs = clock.nowMs()
  const id = newUlid(atMs)
  const secrets = (await channelSecrets.get({ tenant, channel, version })) ?? {}
  await command(deps, principal, { decider: notification, tenant, id, command: begin(tested, atMs) })
  const startMs = clock.monotonicMs()
  const message = testMessage({ tenant, id, atMs, publicUrl }, channel)
  const outcome = await sender.send({
    message,
    channel: spec,
    secrets,
    signal: AbortSignal.timeout(RESERVED_MS / 2),
  })
  const tookMs = Math.round(clock.monotonicMs() - startMs)
  await record(deps, principal, { tenant, id, command: endOf(outcome, tookMs) })
  return { outcome, tookMs }
}

const begin = ({ channel }: Tested, atMs: number): NotificationCommand => ({
  kind: 'Start',
  due: create(NotificationDueSchema, { channel, kind: RoundKind.FIRST, dueAtMs: BigInt(atMs), test: true }),
  attempt: ATTEMPT,
  worker: WORKER,
  atMs,
  untilMs: atMs + RESERVED_MS,
})

function endOf(outcome: Outcome, tookMs: number): NotificationCommand {
  if (outcome.outcome === 'delivered')
    return { kind: 'Deliver', attempt: ATTEMPT, answer: outcome.answer, tookMs }
  const { reason } = outcome
  return { kind: 'GiveUp', attempt: ATTEMPT, reason, refused: outcome.outcome === 'refused' }
}

type Ended = { readonly tenant: string; readonly id: string; readonly command: NotificationCommand }

// It was sent: whoever pressed the button hears what became of it, also when the log cannot be told.
async function record(deps: TestDeps, principal: Principal, ended: Ended): Promise<void> {
  try {
    await carryOut(deps, principal, { decider: notification, ...ended })
  } catch (error) {
    deps.logger.warn({ err: error, notification: ended.id }, 'the outcome of a test is not in the log')
  }
}
