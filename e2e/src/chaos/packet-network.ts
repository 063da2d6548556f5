// A network namespace for the agents, reached over a tunnel whose every packet passes through a relay of ours: VXLAN over
// UDP, because kernels often come without netem. Needs root and iproute2.
//
//   agents' namespace ── vxlan ── [relay's namespace: packet-relay.ts] ── vxlan ── this namespace

import { once } from 'node:events'
import { join } from 'node:path'
import { runToEnd, startChild, type Child } from '@secumon/infra/embedded/child'
import { ensureTool } from '@secumon/infra/embedded/tools'
import { GOOD_WEATHER, type Weather } from './weather.ts'

const PORT = 47_890
// Room for the tunnel's own headers.
const MTU = 1_400

const ip = (...args: readonly string[]) => runToEnd('ip', args, { timeoutMs: 10_000 })

type Names = { readonly agents: string; readonly relay: string; readonly link: string; readonly net: string }

export class PacketNetwork {
  /** Of this side; agents connect to it. */
  readonly address: string
  readonly #names: Names
  readonly #relay: Child

  private constructor(names: Names, relay: Child) {
    this.#names = names
    this.#relay = relay
    this.address = `${names.net}.9`
  }

  /** @throws Error when the kernel or our rights do not allow it */
  static async create(seed: number): Promise<PacketNetwork> {
    const id = process.pid.toString(36)
    const net = `198.18.${process.pid % 250}`
    const names = { agents: `secumon-a${id}`, relay: `secumon-r${id}`, link: `sc${id}`, net }
    try {
      await build(names)
      return new PacketNetwork(names, await startRelay(names, seed))
    } catch (error) {
      await tearDown(names)
      throw error
    }
  }

  /** The command that runs another one among the agents. */
  inside(command: string, args: readonly string[]): { command: string; args: string[] } {
    return { command: 'nsenter', args: [`--net=/run/netns/${this.#names.agents}`, command, ...args] }
  }

  setWeather(weather: Weather): void {
    this.#relay.send(JSON.stringify(weather))
  }

  clear(): void {
    this.setWeather(GOOD_WEATHER)
  }

  async remove(): Promise<void> {
    await this.#relay.stop('SIGKILL')
    await tearDown(this.#names)
  }
}

async function build({ agents, relay, link, net }: Names): Promise<void> {
  for (const namespace of [agents, relay]) await ip('netns', 'add', namespace)
  await ip('link', 'add', `${link}h`, 'type', 'veth', 'peer', 'name', `${link}1`, 'netns', relay)
  await ip(
    '-n',
    agents,
    'link',
    'add',
    `${link}a`,
    'type',
    'veth',
    'peer',
    'name',
    `${link}2`,
    'netns',
    relay,
  )
  await up([], `${link}h`, `${net}.1/30`)
  await up(['-n', relay], `${link}1`, `${net}.2/30`)
  await up(['-n', agents], `${link}a`, `${net}.5/30`)
  await up(['-n', relay], `${link}2`, `${net}.6/30`)
  await ip('-n', agents, 'link', 'set', 'lo', 'up')
  await tunnel([], { name: `${link}x`, over: `${link}h`, remote: `${net}.2`, address: `${net}.9/30` })
  await tunnel(['-n', agents], {
    name: `${link}x`,
    over: `${link}a`,
    remote: `${net}.6`,
    address: `${net}.10/30`,
  })
}

async function up(where: readonly string[], device: string, address: string): Promise<void> {
  await ip(...where, 'address', 'add', address, 'dev', device)
  await ip(...where, 'link', 'set', device, 'up')
}

type Tunnel = {
  readonly name: string
  readonly over: string
  readonly remote: string
  readonly address: string
}

async function tunnel(where: readonly string[], { name, over, remote, address }: Tunnel): Promise<void> {
  const peer = ['remote', remote, 'dstport', String(PORT), 'dev', over]
  await ip(
    ...where,
    'link',
    'add',
    name,
    'mtu',
    String(MTU),
    'type',
    'vxlan',
    'id',
    String(process.pid),
    ...peer,
  )
  await up(where, name, address)
  // What reads the tunnel's packets must find them whole: cut to size, and with their checksums.
  const inside = where[1] === undefined ? [] : [`--net=/run/netns/${where[1]}`]
  const off = ['-K', name, 'tx', 'off', 'gso', 'off', 'tso', 'off', 'gro', 'off']
  await runToEnd('nsenter', [...inside, await ensureTool('ethtool'), ...off], { timeoutMs: 10_000 })
}

async function startRelay({ relay, net }: Names, seed: number): Promise<Child> {
  const program = join(import.meta.dirname, 'packet-relay.ts')
  const ends = [`${net}.2`, `${net}.1`, `${net}.6`, `${net}.5`]
  const ready = new AbortController()
  const child = await startChild(
    'nsenter',
    [`--net=/run/netns/${relay}`, process.execPath, program, String(PORT), ...ends, String(seed)],
    {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      guard: { signal: 'SIGKILL', afterS: 0 },
      onMessage: () => ready.abort(),
    },
  )
  await Promise.race([once(ready.signal, 'abort'), child.ended])
  if (!ready.signal.aborted) throw new Error(`the relay ended: ${child.output()}`)
  return child
}

/** A namespace takes its ends of the links with it. */
async function tearDown({ agents, relay, link }: Names): Promise<void> {
  await ip('link', 'delete', `${link}x`).catch(() => undefined)
  for (const namespace of [agents, relay]) await ip('netns', 'delete', namespace).catch(() => undefined)
}
