// A nats-server of our own with JetStream on a directory of ours.

import { jetstreamManager } from '@nats-io/jetstream'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startChild, waitUntilReady, type Child } from './child.ts'
import { freePort } from './ports.ts'
import { endLeftover } from './processes.ts'

export type NatsServer = { readonly url: string; readonly port: number; readonly child: Child }

export type NatsServerOptions = {
  readonly program: string
  readonly directory: string
  readonly port?: number
  /** JetStream's limit on disk, bytes. */
  readonly maxFileBytes?: number
  /** Asked of every client, since every account of the machine reaches loopback; absent: anybody may connect. */
  readonly token?: string
  /** Seconds it outlives this process when it was not stopped; absent: for ever. */
  readonly guardAfterS?: number
}

/** A small heap that is collected at every doubling costs a tenth of the server's CPU: this lets it grow fourfold. */
const GARBAGE_PERCENT = '300'

/** Ends a server that an earlier run left on the directory, starts one on loopback and waits until it answers. */
export async function startNatsServer(options: NatsServerOptions): Promise<NatsServer> {
  const port = options.port ?? (await freePort())
  await mkdir(options.directory, { recursive: true, mode: 0o700 })
  const configuration = join(options.directory, 'nats-server.conf')
  await writeFile(configuration, natsConfiguration({ ...options, port }), { mode: 0o600 })
  await endLeftover({ pidFile: pidFile(options), marker: configuration, signal: 'SIGTERM' })
  const { token, guardAfterS } = options
  const guard =
    guardAfterS === undefined ? {} : { guard: { signal: 'SIGTERM' as const, afterS: guardAfterS } }
  const env = { ...process.env, GOGC: process.env['GOGC'] ?? GARBAGE_PERCENT }
  const child = await startChild(options.program, ['-c', configuration], { detached: true, env, ...guard })
  await waitUntilReady(child, () => probe({ port, ...(token !== undefined && { token }) }), 15_000)
  const login = token === undefined ? '' : `${token}@`
  return { url: `nats://${login}127.0.0.1:${port}`, port, child }
}

const pidFile = ({ directory }: NatsServerOptions): string => join(directory, 'nats-server.pid')

const natsConfiguration = (options: NatsServerOptions & { port: number }): string => `
host: 127.0.0.1
port: ${options.port}
max_payload: 1MB
pid_file: ${JSON.stringify(pidFile(options))}
${options.token === undefined ? '' : `authorization { token: ${JSON.stringify(options.token)} }`}
jetstream {
  store_dir: ${JSON.stringify(join(options.directory, 'jetstream'))}
  max_memory_store: 16MB
  max_file_store: ${options.maxFileBytes ?? 8 * 1024 ** 3}
}
`

/** Asks after all streams, which takes the lock of each. @throws when there is no answer in time */
export const probeJetStream = ({ url }: Pick<NatsServer, 'url'>, timeoutMs = 5_000): Promise<void> => {
  const { port, username } = new URL(url)
  const door = { port: Number(port), ...(username !== '' && { token: username }), timeoutMs }
  return connected(door, async (connection) => {
    const jetStream = await jetstreamManager(connection, { timeout: timeoutMs })
    await jetStream.streams.list().next()
  })
}

const probe = (door: Omit<Door, 'timeoutMs'>): Promise<void> =>
  connected({ ...door, timeoutMs: 2_000 }, () => Promise.resolve())

type Door = { readonly port: number; readonly token?: string; readonly timeoutMs: number }

async function connected(
  { port, token, timeoutMs: timeout }: Door,
  work: (connection: NatsConnection) => Promise<void>,
): Promise<void> {
  const login = token === undefined ? {} : { token }
  const servers = `nats://127.0.0.1:${port}`
  const connection = await connect({ servers, reconnect: false, timeout, ...login })
  try {
    await work(connection)
  } finally {
    // One that hangs takes no leave.
    await Promise.race([connection.close(), delay(timeout, undefined, { ref: false })])
  }
}
