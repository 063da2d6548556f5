// A network interface that nobody else uses, so that its counters move only when a story moves them. Needs root.

import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { readFileSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'

const run = promisify(execFile)
const OWN_ADDRESS = '198.51.100.1'
const PEER_ADDRESS = '198.51.100.2'

export type Counters = {
  readonly receiveBytes: number
  readonly transmitBytes: number
  readonly transmitPackets: number
}

export class PrivateLink {
  readonly name: string
  readonly #namespace: string

  private constructor(name: string) {
    this.name = name
    this.#namespace = `${name}-far`
  }

  /** One end here, the other in a network namespace. @throws Error when it is not allowed to: run as root */
  static async create(name: string): Promise<PrivateLink> {
    const link = new PrivateLink(name)
    const far = `${name}p`
    await run('ip', ['netns', 'add', link.#namespace])
    await run('ip', ['link', 'add', name, 'type', 'veth', 'peer', 'name', far])
    // Without IPv6 the kernel says nothing on the link by itself.
    writeFileSync(`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`, '1')
    await run('ip', ['link', 'set', far, 'netns', link.#namespace])
    await run('ip', ['-n', link.#namespace, 'address', 'add', `${PEER_ADDRESS}/30`, 'dev', far])
    await run('ip', [
      'netns',
      'exec',
      link.#namespace,
      'sh',
      '-c',
      `echo 1 > /proc/sys/net/ipv6/conf/${far}/disable_ipv6`,
    ])
    await run('ip', ['-n', link.#namespace, 'link', 'set', far, 'up'])
    await run('ip', ['address', 'add', `${OWN_ADDRESS}/30`, 'dev', name])
    await run('ip', ['link', 'set', name, 'up'])
    return link
  }

  async remove(): Promise<void> {
    await run('ip', ['link', 'delete', this.name])
    await run('ip', ['netns', 'delete', this.#namespace])
  }

  /** Sends datagrams to the far end, which has nobody to take them. */
  async send(datagrams: number, sizeBytes: number): Promise<void> {
    const socket = createSocket('udp4')
    socket.on('error', () => undefined)
    const payload = Buffer.alloc(sizeBytes, 7)
    for (let i = 0; i < datagrams; i++)
      await new Promise<void>((resolve) => socket.send(payload, 9, PEER_ADDRESS, () => resolve()))
    socket.close()
  }

  /** As /proc/net/dev has them. */
  counters(): Counters {
    const line = readFileSync('/proc/net/dev', 'utf8')
      .split('\n')
      .find((row) => row.trim().startsWith(`${this.name}:`))
    const fields = (line?.split(':')[1] ?? '').trim().split(/\s+/).map(Number)
    return {
      receiveBytes: fields[0] ?? Number.NaN,
      transmitBytes: fields[8] ?? Number.NaN,
      transmitPackets: fields[9] ?? Number.NaN,
    }
  }
}
