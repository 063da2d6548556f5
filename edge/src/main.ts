// Entry of the agent's bundle: reads its settings, runs until SIGTERM or SIGINT. Exit codes: 78 for settings that are
// wrong (see sysexits.h), 75 when another agent runs here, 1 when it cannot go on.

import { createCollectors } from './collectors/registry.ts'
import { NotEnrolled, startAgent, type RunningAgent } from './agent.ts'
import { errorText } from './error-code.ts'
import { hostClock } from './host-clock.ts'
import { createLogger, type EdgeLogger } from './log.ts'
import { createSampler } from './sampler.ts'
import { BadSettings, readSettings, SETTINGS } from './settings.ts'
import { Locked } from './state/lock.ts'
import { StateDamaged } from './state/state-directory.ts'
import { AGENT_VERSION } from './version.ts'

const EXIT_CONFIGURATION = 78
const EXIT_TEMPORARY = 75

async function main(): Promise<void> {
  const args = process.argv.slice(2)
  if (args.includes('--help')) return void process.stdout.write(usage())
  if (args.includes('--version')) return void process.stdout.write(`${AGENT_VERSION}\n`)
  const settings = readSettings(args, process.env)
  const logger = createLogger(settings.logLevel)
  warnOfClearText(settings.apiUrl, logger)
  const clock = hostClock()
  const collectors = createCollectors({ agentVersion: AGENT_VERSION, textFiles: settings.textFiles })
  const sampler = createSampler({ collectors, clock, periodMs: settings.periodMs })
  const agent = await startAgent({ ...settings, agentVersion: AGENT_VERSION, sampler, clock, logger })
  stopOnSignals(agent, logger)
  await agent.ended
}

function stopOnSignals(agent: RunningAgent, logger: EdgeLogger): void {
  for (const name of ['SIGTERM', 'SIGINT'] as const)
    process.once(name, () => {
      logger.info('stopping', { signal: name })
      // A collector that hangs on a dead disk must not keep the process.
      setTimeout(() => process.exit(0), 1_500).unref()
      void agent.stop().then(() => process.exit(0))
    })
}

function warnOfClearText(apiUrl: string, logger: EdgeLogger): void {
  const { protocol, hostname } = new URL(apiUrl)
  if (protocol === 'http:' && !/^(localhost|127\.|\[::1\])/.test(hostname))
    logger.warn('the enrolment token goes to the API unencrypted; use https')
}

const usage = (): string =>
  ['usage: node agent.mjs [--flag value]…', '']
    .concat(
      Object.entries(SETTINGS).map(
        ([flag, [name, what]]) => `  --${flag.padEnd(21)} ${name.padEnd(28)} ${what}`,
      ),
    )
    .join('\n')
    .concat('\n')

function exitCodeOf(error: unknown): number {
  if (error instanceof BadSettings || error instanceof NotEnrolled) return EXIT_CONFIGURATION
  return error instanceof Locked ? EXIT_TEMPORARY : 1
}

// Sentences for a person where one can help; a stack only where nobody foresaw it.
function explain(error: unknown): string {
  const isForeseen = [BadSettings, NotEnrolled, Locked, StateDamaged].some((type) => error instanceof type)
  return isForeseen || !(error instanceof Error) ? errorText(error) : (error.stack ?? error.message)
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${explain(error)}\n`)
  process.exitCode = exitCodeOf(error)
}
