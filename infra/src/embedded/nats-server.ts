// A nats-server of our own with JetStream on a directory of ours.

import { connect } from '@nats-io/transport-node'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, startChild, waitUntilReady, type Child } from './child.ts'

export type NatsServer = { readonly url: string; readonly port: number; readonly child: Child }

export type NatsServerOptions = {
  readonly program: string
  readonly directory: string
  readonly port?: number
  /** JetStream's limit on disk, bytes. */
  readonly maxFileBytes?: number
}

/** Starts the server on loopback and waits until it answers. */
export async function startNatsServer(options: NatsServerOptions): Promise<NatsServer> {
  const port = options.port ?? (await freePort())
  await mkdir(options.directory, { recursive: true })
  const configuration = join(options.directory, 'nats-server.conf')
  await writeFile(configuration, natsConfiguration({ ...options, port }))
  const child = await startChild(options.program, ['-c', configuration])
  const url = `nats://127.0.0.1:${port}`
  await waitUntilReady(child, () => probe(url), 15_000)
  return { url, port, child }
}

const natsConfiguration = (options: NatsServerOptions & { port: number }): string => `
host: 127.0.0.1
port: ${options.port}
max_payload: 1MB
jetstream {
  store_dir: ${JSON.stringify(join(options.directory, 'jetstream'))}
  max_memory_store: 16MB
  max_file_store: ${options.maxFileBytes ?? 8 * 1024 ** 3}
}
`

async function probe(url: string): Promise<void> {
  const connection = await connect({ servers: url, reconnect: false, timeout: 2_000 })
  await connection.close()
}
