// What the faults strike: nats-server, PostgreSQL, two gateways, projector, archiver, API and fleets of real agents, each
// a process; volumes of their own for what fills disks; links that can be severed between all of them.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Platform } from '../platform.ts'
import type { Facility } from './fault.ts'
import { Fleets } from './fleets.ts'
import { KeptProcess } from './kept-process.ts'
import { Law } from './law.ts'
import { Operator } from './operator.ts'
import { SceneClocks } from './scene-clocks.ts'
import { SceneNetwork } from './scene-network.ts'
import { natsProcess, postgresProcess, roleProcess } from './scene-processes.ts'
import { SceneVolumes } from './scene-volumes.ts'
import { ServerOutput } from './server-output.ts'

export const GATEWAYS = ['gateway-1', 'gateway-2'] as const
export const ROLES = [...GATEWAYS, 'projector', 'archiver', 'api'] as const
export type RoleProcessName = (typeof ROLES)[number]
export type ProcessName = RoleProcessName | 'nats' | 'postgres' | `fleet-${number}`

export type SceneOptions = {
  readonly directory: string
  readonly seed: number
  readonly agents: number
  readonly fleets: number
  readonly periodMs: number
  readonly facilities: ReadonlySet<Facility>
  /** Processes with a clock of their own. */
  readonly clocked: readonly string[]
  /** Something happened that no fault did. */
  readonly onFinding: (finding: string) => void
}

export class Scene {
  readonly options: SceneOptions
  readonly platform: Platform
  readonly volumes: SceneVolumes
  readonly network: SceneNetwork
  readonly clocks: SceneClocks
  readonly fleets: Fleets
  readonly law: Law
  readonly operator: Operator
  readonly #servers: readonly ServerOutput[]
  #started: AsyncDisposableStack | undefined
  readonly #processes = new Map<string, KeptProcess>()

  private constructor(options: SceneOptions, parts: Parts) {
    this.options = options
    this.platform = parts.platform
    this.volumes = parts.volumes
    this.network = parts.network
    this.clocks = parts.clocks
    this.fleets = new Fleets(this)
    this.law = new Law(this)
    this.operator = new Operator(this)
    const { platform } = parts
    this.#servers = [
      new ServerOutput(this.logFile('nats'), () => platform.nats.child.output()),
      new ServerOutput(this.logFile('postgres'), () => platform.postgres.child.output()),
    ]
  }

  /** Starts everything and returns once every agent has enrolled. What was started is stopped when something fails. */
  static async start(options: SceneOptions): Promise<Scene> {
    const { directory, facilities } = options
    await using started = new AsyncDisposableStack()
    await mkdir(join(directory, 'logs'), { recursive: true })
    const volumes = await SceneVolumes.mount(options)
    started.defer(() => volumes.unmount())
    const clocks = await SceneClocks.prepare(directory, facilities.has('faketime'))
    for (const name of options.clocked) await clocks.own(name)
    const environment = { SECUMON_LOG_LEVEL: 'info' }
    const platform = await Platform.start({ directory, volatile: true, environment })
    started.defer(() => platform.stop())
    const network = await SceneNetwork.open(options, platform)
    started.defer(() => network.close())
    const scene = new Scene(options, { platform, volumes, network, clocks })
    started.defer(() => scene.#stopOwn())
    scene.#keep('nats', natsProcess(platform))
    scene.#keep('postgres', postgresProcess(platform))
    for (const role of ROLES) scene.#keep(role, roleProcess(scene, role))
    await scene.allUp()
    await scene.fleets.start((name, start) => scene.#keep(name, start))
    scene.#started = started.move()
    return scene
  }

  process(name: ProcessName): KeptProcess {
    const found = this.#processes.get(name)
    if (!found) throw new Error(`no process ${name}`)
    return found
  }

  get processes(): Iterable<KeptProcess> {
    return this.#processes.values()
  }

  /** Starts what is down: servers first, then roles, then agents. */
  async allUp(): Promise<void> {
    for (const name of ['postgres', 'nats'] as const) await this.process(name).ensureUp()
    await Promise.all([...this.#processes.values()].map((process) => process.ensureUp()))
  }

  logFile(name: string): string {
    return join(this.options.directory, 'logs', `${name}.log`)
  }

  /** Keeps what the servers have printed. */
  async noteServers(): Promise<void> {
    for (const server of this.#servers) await server.note()
  }

  /** Copies what lies on volumes into the directory, where it outlives them. */
  async keepVolumes(): Promise<void> {
    await this.volumes.copyTo(join(this.options.directory, 'volumes'))
  }

  async stop(): Promise<void> {
    await this.#started?.disposeAsync()
  }

  async #stopOwn(): Promise<void> {
    for (const process of [...this.#processes.values()].toReversed()) await process.end('SIGKILL')
    await this.law.close()
  }

  #keep(name: string, start: KeptStart): void {
    const onOwnEnd = (who: string, exit: number | string) =>
      this.options.onFinding(`${who} ended by itself with ${exit}`)
    this.#processes.set(name, new KeptProcess({ name, start, onOwnEnd }))
  }
}

export type KeptStart = ConstructorParameters<typeof KeptProcess>[0]['start']

type Parts = Pick<Scene, 'platform' | 'volumes' | 'network' | 'clocks'>
