// The one remote command an agent takes: its own configuration, signed by the key it pinned at enrolment.

import { fromBinary } from '@bufbuild/protobuf'
import { AgentConfigSchema, type AgentConfig } from '@secumon/contracts/gen/ingest'
import { publicKeyFromRaw, verifyMessage } from '@secumon/contracts/signing'
import { errorText } from './error-code.ts'
import type { AgentIdentity } from './state/agent-identity.ts'
import type { SignedConfig } from './state/state-directory.ts'
import { PERIOD_LIMITS, type Periods } from './sampler.ts'

export type AgentConfiguration = { readonly version: bigint; readonly periods: Periods }

/** The configuration is not for this agent, not signed, or asks what an agent does not do. */
export class BadConfig extends Error {
  override readonly name = 'BadConfig'
}

/** @throws BadConfig saying why it is ignored */
export function readConfig({ config, signature }: SignedConfig, identity: AgentIdentity): AgentConfiguration {
  if (!verifyMessage('config', config, signature, publicKeyFromRaw(identity.configPublicKey)))
    throw new BadConfig('its signature is not by the key pinned at enrolment')
  const { agent, version, periodMs, processPeriodMs, processCount } = decode(config)
  if (agent !== identity.agent) throw new BadConfig('it is for another agent')
  const periods = { periodMs, processPeriodMs, processCount }
  for (const name of ['periodMs', 'processPeriodMs', 'processCount'] as const) {
    const [least, most] = PERIOD_LIMITS[name]
    if (periods[name] < least || periods[name] > most)
      throw new BadConfig(`${name} is ${periods[name]}, not from ${least} to ${most}`)
  }
  return { version, periods }
}

function decode(config: Uint8Array): AgentConfig {
  try {
    return fromBinary(AgentConfigSchema, config)
  } catch (cause) {
    throw new BadConfig(`it cannot be read: ${errorText(cause)}`, { cause })
  }
}
