// Starts the fleet of story-fleet.ts beside a platform, and tells when it has arrived.

import { join } from 'node:path'
import { startChild, type Child } from '@secumon/infra/embedded/child'
import { eventually } from './eventually.ts'
import type { Platform } from './platform.ts'

export const STORY_FLEET = join(import.meta.dirname, 'story-fleet.ts')

export type FleetOptions = {
  /** What is run: the agents of this checkout, or of another release. */
  readonly program?: string
  /** How the names of its hosts begin, where there are several fleets. */
  readonly name?: string
  /** Between two observations, ms. A busy machine silences an agent for some of the shortest. */
  readonly periodMs?: number
}

type Fleet = { readonly name: string; readonly periodMs: number; readonly token: string }

export class StoryFleet {
  readonly directory: string
  readonly name: string
  readonly agents: number
  /** What is run: the agents of this checkout, or of another release. */
  program = STORY_FLEET
  readonly #platform: Platform
  readonly #token: string
  readonly #periodMs: number
  #child: Child | undefined

  private constructor(platform: Platform, agents: number, { token, name, periodMs }: Fleet) {
    this.#platform = platform
    this.agents = agents
    this.#token = token
    this.#periodMs = periodMs
    this.name = name
    this.directory = join(platform.directory, 'fleets', name)
  }

  /** Real agents of simulated hosts; one observation a second each where nothing else is said. */
  static async start(
    platform: Platform,
    agents: number,
    { program = STORY_FLEET, name = 'story', periodMs = 1_000 }: FleetOptions = {},
  ): Promise<StoryFleet> {
    const token = await platform.token(agents)
    const fleet = new StoryFleet(platform, agents, { name, periodMs, token })
    fleet.program = program
    await fleet.start()
    return fleet
  }

  /** Starts it (again) on the same state directories. */
  async start(): Promise<void> {
    const place = [this.directory, this.#platform.apiUrl, this.#token, this.name, String(this.#periodMs)]
    const args = [this.program, String(this.agents), ...place]
    this.#child = await startChild(process.execPath, args, { guard: { signal: 'SIGKILL', afterS: 0 } })
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    await this.#child?.stop(signal)
    this.#child = undefined
  }

  /** What it printed last: for the message of a story that fails. */
  output(): string {
    return this.#child?.output() ?? ''
  }

  /** Every agent has had a frame committed that arrived after now. */
  async arriving(timeoutMs = 60_000): Promise<void> {
    const [row] = await this.#platform.query<{ now: Date }>('select now()')
    const seen = async () => {
      // Asked each time: another generation may take its place.
      const agents = await this.#platform.schemaOf('agents')
      const [found] = await this.#platform.query<{ agents: number }>(
        `select count(*)::int as agents from ${agents}.agents where last_seen > $1 and name like $2`,
        [row?.now, `${this.name}-%`],
      )
      return found?.agents === this.agents
    }
    await eventually(`all ${this.agents} agents arrive`, seen, { timeoutMs })
  }

  /** Frames of all agents that the tables hold. */
  async frames(): Promise<number> {
    const samples = await this.#platform.schemaOf('samples')
    const [row] = await this.#platform.query<{ frames: number }>(
      `select count(*)::int as frames from ${samples}.metrics`,
    )
    return row?.frames ?? 0
  }
}
