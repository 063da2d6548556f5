// The role `agent`: measures this machine from within a process of ours. Hosts of customers get the bundle instead.

import { startAgent } from '@secumon/edge/agent'
import type { TextFiles } from '@secumon/edge/collectors/collector'
import { createCollectors } from '@secumon/edge/collectors/registry'
import { TEXT_FILES_DIRECTORY } from '@secumon/edge/collectors/text-files/limits'
import { hostClock } from '@secumon/edge/host-clock'
import { createLogger, isLogLevel } from '@secumon/edge/log'
import { BadLogsConfig, readLogsFile, type LogsConfig } from '@secumon/edge/logs/logs-config'
import { createSampler } from '@secumon/edge/sampler'
import { AGENT_VERSION } from '@secumon/edge/version'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { Exit, exitCode } from '../exit.ts'
import type { Platform } from '../platform.ts'
import type { RunningRole } from './role.ts'

export async function startAgentRole({ config }: Platform): Promise<RunningRole> {
  const { apiUrl, enrolmentToken, logLevel, logsFile } = config
  const stateDirectory = config.stateDirectory ?? join(config.dataDirectory, 'agent')
  if (apiUrl === undefined)
    throw new Exit(exitCode.configuration, 'SECUMON_API_URL is not set: where to enrol')
  const logs = logsFile === undefined ? undefined : readLogs(logsFile)
  const clock = hostClock()
  const periodMs = config.periodS * 1_000
  const textFiles = textFilesOf(config, stateDirectory)
  const collectors = createCollectors({ agentVersion: AGENT_VERSION, textFiles })
  const agent = await startAgent({
    apiUrl,
    ...(enrolmentToken !== undefined && { enrolmentToken }),
    stateDirectory,
    name: hostname(),
    agentVersion: AGENT_VERSION,
    sampler: createSampler({ collectors, clock, periodMs }),
    logger: createLogger(isLogLevel(logLevel) ? logLevel : 'info'),
    clock,
    periodMs,
    ...(logs && { logs }),
  })
  return {
    stop: () => agent.stop(),
    health: () => {
      const { isConnected, lastFailure } = agent.status()
      if (isConnected) return { status: 'healthy' }
      return {
        status: 'degraded',
        detail: `not connected${lastFailure === undefined ? '' : `: ${lastFailure}`}`,
      }
    },
  }
}

const textFilesOf = (config: Config, stateDirectory: string): TextFiles => ({
  directory: config.metricsDirectory ?? join(stateDirectory, TEXT_FILES_DIRECTORY),
  isExpected: config.metricsDirectory !== undefined,
  intervalMs: config.metricsIntervalS * 1_000,
  maxAgeMs: config.metricsMaxAgeS * 1_000,
})

function readLogs(path: string): LogsConfig {
  try {
    return readLogsFile(path)
  } catch (error) {
    if (!(error instanceof BadLogsConfig)) throw error
    throw new Exit(exitCode.configuration, `SECUMON_LOGS_FILE: ${error.message}`, { cause: error })
  }
}
