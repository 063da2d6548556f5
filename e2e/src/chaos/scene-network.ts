// Who reaches whom in a scene: agents through one link to both gateways in turn, in a namespace of their own where there
// can be one; each role through links of its own to nats-server and PostgreSQL.

import { freePort } from '@secumon/infra/embedded/child'
import type { Platform } from '../platform.ts'
import { SeverableLink } from '../severable-link.ts'
import { PacketNetwork } from './packet-network.ts'
import type { RoleProcessName, SceneOptions } from './scene.ts'

export const SERVER_LINKS = [
  'gateway-1→nats',
  'gateway-2→nats',
  'projector→nats',
  'projector→postgres',
  'archiver→nats',
  'archiver→postgres',
] as const
export type LinkName = (typeof SERVER_LINKS)[number] | 'agents→gateways' | 'agents→api'

type Ports = { readonly 'gateway-1': number; readonly 'gateway-2': number }

export class SceneNetwork {
  /** Undefined where there are no namespaces. */
  readonly packets: PacketNetwork | undefined
  readonly #platform: Platform
  readonly #ports: Ports
  readonly #links = new Map<LinkName, SeverableLink>()

  private constructor(platform: Platform, ports: Ports, packets: PacketNetwork | undefined) {
    this.#platform = platform
    this.#ports = ports
    this.packets = packets
  }

  static async open({ facilities, seed }: SceneOptions, platform: Platform): Promise<SceneNetwork> {
    const ports = { 'gateway-1': await freePort(), 'gateway-2': await freePort() }
    const packets = facilities.has('namespaces') ? await PacketNetwork.create(seed) : undefined
    const network = new SceneNetwork(platform, ports, packets)
    const links = network.#links
    links.set('agents→gateways', await SeverableLink.open(Object.values(ports), network.host))
    links.set('agents→api', await SeverableLink.open(Number(new URL(platform.apiUrl).port), network.host))
    for (const name of SERVER_LINKS)
      links.set(
        name,
        await SeverableLink.open(name.endsWith('nats') ? platform.nats.port : platform.postgres.port),
      )
    return network
  }

  /** Where agents find the platform. */
  get host(): string {
    return this.packets?.address ?? '127.0.0.1'
  }

  get apiUrl(): string {
    return `http://${this.host}:${this.link('agents→api').port}`
  }

  link(name: LinkName): SeverableLink {
    const link = this.#links.get(name)
    if (!link) throw new Error(`no link ${name}`)
    return link
  }

  /** What a role is told, beside what all are told. */
  environmentOf(role: RoleProcessName): Record<string, string> {
    const { nats, postgres } = this.#platform
    const through = (name: string, url: string) => {
      const link = [...this.#links].find(([known]) => known === name)?.[1]
      return link ? url.replace(/:\d+(?=\/|$)/, `:${link.port}`) : url
    }
    return {
      NATS_URL: through(`${role}→nats`, nats.url),
      DATABASE_URL: through(`${role}→postgres`, postgres.url),
      SECUMON_INGEST_URL: `http://${this.host}:${this.link('agents→gateways').port}`,
      ...(role === 'gateway-1' || role === 'gateway-2'
        ? { SECUMON_INGEST_PORT: String(this.#ports[role]) }
        : {}),
    }
  }

  async close(): Promise<void> {
    for (const link of this.#links.values()) await link.close()
    await this.packets?.remove()
  }
}
