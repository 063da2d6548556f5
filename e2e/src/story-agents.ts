// Starts the fleet of story-fleet.ts beside a platform, and tells when it has arrived.

import { join } from 'node:path'
import { startChild, type Child } from '@secumon/infra/embedded/child'
import { eventually } from './eventually.ts'
import type { Platform } from './platform.ts'

export const STORY_FLEET = join(import.meta.dirname, 'story-fleet.ts')

export class StoryFleet {
  readonly directory: string
  readonly agents: number
  /** What is run: the agents of this checkout, or of another release. */
  program = STORY_FLEET
  readonly #platform: Platform
  readonly #token: string
  #child: Child | undefined

  private constructor(platform: Platform, agents: number, token: string) {
    this.#platform = platform
    this.agents = agents
    this.#token = token
    this.directory = join(platform.directory, 'fleet')
  }

  /** Real agents of simulated hosts, one observation a second each. */
  static async start(platform: Platform, agents: number, program = STORY_FLEET): Promise<StoryFleet> {
    const fleet = new StoryFleet(platform, agents, await platform.token(agents))
    fleet.program = program
    await fleet.start()
    return fleet
  }

  /** Starts it (again) on the same state directories. */
  async start(): Promise<void> {
    const args = [this.program, String(this.agents), this.directory, this.#platform.apiUrl, this.#token]
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
        `select count(*)::int as agents from ${agents}.agents where last_seen > $1`,
        [row?.now],
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
