// `secumon load`: a fleet of simulated agents, signed and real but for the hosts they speak of.

import { once } from 'node:events'
import { createLogger, isLogLevel } from '@secumon/edge/log'
import { InvalidArgumentError, type Command } from 'commander'
import type { SettingName } from '../config/settings.ts'
import { Exit, exitCode } from '../exit.ts'
import { stopSignal } from '../lifecycle.ts'
import { runFleet } from '../load/fleet.ts'
import { configured } from './load-config.ts'
import { addSettings, flagsOf } from './options.ts'

type Options = Record<string, unknown> & {
  agents: number
  interval: number
  ticksPerFrame: number
  seed: number
  frames?: number
  processes: boolean
  wait: boolean
}

const names: readonly SettingName[] = ['apiUrl', 'stateDirectory', 'logLevel']

export const define = (command: Command): void =>
  void addSettings(command, names)
    .option('--agents <count>', 'how many agents', whole(1, 100_000), 50)
    .option(
      '--interval <seconds>',
      'between two ticks of an agent; 0 is as fast as the log takes them',
      seconds,
      10,
    )
    .option('--ticks-per-frame <count>', 'ticks that travel together', whole(1, 600), 1)
    .option('--frames <count>', 'frames of each agent; for ever when not given', whole(1, 1_000_000_000))
    .option('--no-processes', 'leave out what comes once a minute: exactly 120 values a tick')
    .option('--wait', 'under a parent with an IPC channel: enrol, say `ready`, and wait for a word', false)
    .option('--seed <number>', 'the same seed gives the same hosts', whole(0, 2 ** 31), 1)
    .action(async (options: Options) => {
      const config = await configured(flagsOf(options, names))
      await load(options, {
        apiUrl: config.apiUrl ?? `http://127.0.0.1:${config.port}`,
        token: required(config.enrolmentToken),
        stateDirectory: config.stateDirectory ?? `${config.dataDirectory}/load`,
        level: config.logLevel,
      })
    })

type Place = {
  readonly apiUrl: string
  readonly token: string
  readonly stateDirectory: string
  readonly level: string
}

async function load(options: Options, { apiUrl, token, stateDirectory, level }: Place): Promise<void> {
  const { agents, interval, ticksPerFrame, seed, frames, processes, wait } = options
  const stopping = new AbortController()
  void stopSignal().received.then(() => stopping.abort())
  console.log(`seed ${seed}`)
  const result = await runFleet({
    agents,
    ticksPerFrame,
    seed,
    processes,
    apiUrl,
    token,
    stateDirectory,
    periodMs: interval * 1_000,
    ...(frames !== undefined && { frames }),
    logger: createLogger(isLogLevel(level) ? level : 'info'),
    signal: stopping.signal,
    whenEnrolled: () => sayReady(wait),
  })
  console.log(JSON.stringify(result))
  if (process.connected) process.disconnect()
}

async function sayReady(wait: boolean): Promise<void> {
  process.send?.('ready')
  if (wait) await once(process, 'message')
}

function required(token: string | undefined): string {
  if (token !== undefined) return token
  throw new Exit(
    exitCode.configuration,
    'SECUMON_ENROLMENT_TOKEN is not set; make one with: secumon token create --uses N',
  )
}

function seconds(text: string): number {
  const value = Number(text)
  if (!(value >= 0 && value <= 3_600)) throw new InvalidArgumentError('It must be 0 to 3600 seconds.')
  return value
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`It must be a whole number, ${least} to ${most}.`)
    return value
  }
}
