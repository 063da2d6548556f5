// The agents of a scene, some in each process: where their state lies, and copies of it as a hypervisor would take them.

import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually } from '../eventually.ts'
import { startProgram } from './role-process.ts'
import type { KeptStart, ProcessName, Scene } from './scene.ts'

/** Of the last fleet: a handful of frames, so that a cut of seconds makes it drop the oldest and say so with a gap. */
const SMALL_SPOOL_BYTES = 6 * 1024

export type FleetName = `fleet-${number}`

export class Fleets {
  readonly #scene: Scene

  constructor(scene: Scene) {
    this.#scene = scene
  }

  get names(): FleetName[] {
    return Array.from({ length: this.#scene.options.fleets }, (_, i): FleetName => `fleet-${i + 1}`)
  }

  /** Outside the volumes: what was promised is not forgotten with a disk. */
  get journals(): string {
    return join(this.#scene.options.directory, 'journals')
  }

  async start(keep: (name: FleetName, start: KeptStart) => void): Promise<void> {
    const { platform, options } = this.#scene
    const token = await platform.token(options.agents)
    for (const name of this.names) keep(name, () => this.#startFleet(name, token))
    await Promise.all(this.names.map((name) => this.#scene.process(name).ensureUp()))
    await this.arriving(60_000)
  }

  /** The fleet that an agent, counted from 0, belongs to. */
  fleetOf(agent: number): FleetName {
    const { agents, fleets } = this.#scene.options
    return `fleet-${Math.floor(agent / (agents / fleets)) + 1}`
  }

  fleetNamed(agent: string): FleetName {
    return this.fleetOf(Number(agent.slice('story-'.length)))
  }

  /** Names of the agents of a fleet. */
  agentsOf(fleet: ProcessName): string[] {
    const { agents, fleets } = this.#scene.options
    const share = agents / fleets
    const first = (Number(fleet.slice('fleet-'.length)) - 1) * share
    return Array.from({ length: share }, (_, i) => agentName(first + i))
  }

  stateDirectory(fleet: ProcessName, agent = ''): string {
    return join(this.#scene.options.directory, 'fleets', fleet.slice('fleet-'.length), agent)
  }

  /** What the disk holds at one moment, with the process standing still. */
  async copyState(fleet: FleetName, agent: string, to: string): Promise<void> {
    const kept = this.#scene.process(fleet)
    kept.freeze()
    try {
      await cp(this.stateDirectory(fleet, agent), to, { recursive: true })
    } finally {
      kept.thaw()
    }
  }

  /** Puts a copy back. The process must be down. */
  async restoreState(fleet: FleetName, agent: string, from: string): Promise<void> {
    const directory = this.stateDirectory(fleet, agent)
    await rm(directory, { recursive: true })
    await cp(from, directory, { recursive: true })
    await rm(from, { recursive: true })
  }

  /** From now on nothing more is measured; what was measured is still sent. */
  fallQuiet(): void {
    for (const name of this.names) process.kill(this.#scene.process(name).pid, 'SIGUSR2')
  }

  /** Every agent has had a frame committed that arrived after now. */
  async arriving(timeoutMs: number): Promise<void> {
    const { platform, options } = this.#scene
    const schema = await eventually('the fleet projection exists', () => platform.schemaOf('agents'))
    const [row] = await platform.query<{ now: Date }>('select now()')
    const everyone = async () => {
      const [found] = await platform.query<{ agents: number }>(
        `select count(*)::int as agents from ${schema}.agents where last_seen > $1`,
        [row?.now],
      )
      return (found?.agents ?? 0) >= options.agents
    }
    await eventually(`all ${options.agents} agents arrive`, everyone, { timeoutMs, everyMs: 250 })
  }

  #startFleet(name: FleetName, token: string) {
    const { options, network, clocks } = this.#scene
    const agents = this.agentsOf(name)
    const program = [
      join(import.meta.dirname, 'fleet-process.ts'),
      String(Number(agents[0]?.slice('story-'.length) ?? 0)),
      String(agents.length),
      this.stateDirectory(name),
      this.journals,
      network.apiUrl,
      token,
      String(options.periodMs),
      String(name === this.names.at(-1) ? SMALL_SPOOL_BYTES : 0),
    ]
    const outside = { command: process.execPath, args: program }
    const { command, args } = network.packets?.inside(process.execPath, program) ?? outside
    return startProgram({
      command,
      args,
      environment: clocks.environmentOf(name),
      logFile: this.#scene.logFile(name),
    })
  }
}

export const agentName = (number: number): string => `story-${String(number).padStart(3, '0')}`
