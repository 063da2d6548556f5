// The agent as it is shipped: the bundle, with the flags and the environment that keep it small.

import { join } from 'node:path'
import { AGENT_NODE_ENVIRONMENT, AGENT_NODE_FLAGS } from '@secumon/edge/node-flags'
import type { Platform } from '@secumon/e2e/platform'
import { runToEnd, startChild, type Child } from '@secumon/infra/embedded/child'

const EDGE = join(import.meta.dirname, '../../edge')

export type AgentProcess = {
  readonly platform: Platform
  /** Of its state directory. */
  readonly name: string
  readonly periodSeconds: number
  /** What it is run inside. Default: nothing. */
  readonly wrap?: (command: string, args: readonly string[]) => [string, string[]]
  /** What it may read of this host's logs. Default: nothing. */
  readonly logsFile?: string
}

/** Bundles it anew. */
export async function buildAgent(): Promise<void> {
  await runToEnd(process.execPath, [join(EDGE, 'build.ts')], { timeoutMs: 60_000 })
}

/** Starts the bundle, which enrols itself. */
export async function startAgent(options: AgentProcess): Promise<Child> {
  const { platform, name, periodSeconds, logsFile } = options
  const { wrap = (command, args) => [command, [...args]] } = options
  return startChild(...wrap(process.execPath, [...AGENT_NODE_FLAGS, join(EDGE, 'dist/agent.mjs')]), {
    env: {
      ...AGENT_NODE_ENVIRONMENT,
      PATH: process.env['PATH'],
      SECUMON_API_URL: platform.apiUrl,
      SECUMON_ENROLMENT_TOKEN: await platform.token(1),
      SECUMON_STATE_DIRECTORY: join(platform.directory, name),
      SECUMON_PERIOD: String(periodSeconds),
      ...(logsFile !== undefined && { SECUMON_LOGS_FILE: logsFile }),
    },
  })
}
