// The load generator as a process of its own: it enrols first, then waits for the word.

import { startChild, type Child } from '@secumon/infra/embedded/child'
import { SECUMON, type Platform } from '@secumon/e2e/platform'

export type Load = {
  readonly agents: number
  /** Seconds between an agent's ticks; 0: as fast as the log takes them. */
  readonly interval: number
  readonly ticksPerFrame: number
  /** Of each agent. */
  readonly frames: number
  readonly seed: number
}

export type Sent = { readonly frames: number; readonly ticks: number; readonly seconds: number }

export type Generator = {
  readonly child: Child
  /** Lets it go and resolves when every frame is in the log. @throws Error with its last words */
  run(): Promise<Sent>
}

/** Starts a fleet and waits until all its agents are enrolled. */
export async function startGenerator(platform: Platform, load: Load): Promise<Generator> {
  const { agents, interval, ticksPerFrame, frames, seed } = load
  const numbers = { agents, interval, 'ticks-per-frame': ticksPerFrame, frames, seed }
  const flags = Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)])
  const enrolled = Promise.withResolvers<void>()
  const place = ['--api-url', platform.apiUrl, '--state-directory', `${platform.directory}/fleet-${seed}`]
  const child = await startChild(
    process.execPath,
    [SECUMON, 'load', ...flags, ...place, '--no-processes', '--wait'],
    {
      env: { ...process.env, SECUMON_ENROLMENT_TOKEN: await platform.token(agents) },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      guard: { signal: 'SIGTERM', afterS: 0 },
      onMessage: () => enrolled.resolve(),
    },
  )
  void child.ended.then((exit) =>
    enrolled.reject(new Error(`the generator ended with ${exit}: ${child.output()}`)),
  )
  await enrolled.promise
  return { child, run: () => run(child) }
}

async function run(child: Child): Promise<Sent> {
  child.send('go')
  const exit = await child.ended
  const result = /\{.*"frames".*\}/.exec(child.output())?.[0]
  if (exit !== 0 || result === undefined)
    throw new Error(`the generator ended with ${exit}: ${child.output()}`)
  return JSON.parse(result) as Sent
}
