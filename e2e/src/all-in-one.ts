// `secumon up` as a stranger runs it: in a directory of its own, on a free port, until it says where it is.

import { freePort, startChild, type Child } from '@secumon/infra/embedded/child'
import { eventually } from './eventually.ts'
import { ADMIN_PASSWORD, SECUMON } from './platform.ts'

export type AllInOne = {
  readonly url: string
  /** From the start of the process to the printed address. */
  readonly startedInMs: number
  output(): string
  /** Ctrl-C; resolves with the time it took. */
  stop(): Promise<number>
}

export type Ports = { readonly api: number; readonly ingest: number }

export const freePorts = async (): Promise<Ports> => ({ api: await freePort(), ingest: await freePort() })

export type AllInOneOptions = {
  readonly dataDirectory: string
  /** Of the API and of ingest; a second start should be given the first one's. */
  readonly ports?: Ports
  readonly environment?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
}

/** @throws Error with its last words when it does not come up within 90 s */
export async function startAllInOne(options: AllInOneOptions): Promise<AllInOne> {
  const { dataDirectory, environment = {}, args = [], ports = await freePorts() } = options
  const started = performance.now()
  const child = await startChild(
    process.execPath,
    [SECUMON, 'up', '--port', String(ports.api), '--ingest-port', String(ports.ingest), '--no-open', ...args],
    {
      env: {
        ...process.env,
        SECUMON_DATA: dataDirectory,
        SECUMON_ADMIN_PASSWORD: ADMIN_PASSWORD,
        SECUMON_RESERVE_MB: '1',
        ...environment,
      },
      guard: { signal: 'SIGTERM', afterS: 0 },
    },
  )
  const url = await eventually('it says where it runs', () => saidAddress(child), { timeoutMs: 90_000 })
  return {
    url,
    startedInMs: performance.now() - started,
    output: () => child.output(),
    stop: () => stop(child),
  }
}

async function saidAddress(child: Child): Promise<string | undefined> {
  const said = /runs at\s+(http:\S+)/.exec(child.output())?.[1]
  const exit = said ? undefined : await Promise.race([child.ended, Promise.resolve(undefined)])
  if (exit !== undefined) throw new Error(`secumon up ended with ${exit}: ${child.output()}`)
  return said
}

async function stop(child: Child): Promise<number> {
  const asked = performance.now()
  await child.stop('SIGINT', 20_000)
  return performance.now() - asked
}
