// The servers an all-in-one stands on: given by URL, or embedded on free ports of loopback.

import { randomBytes } from 'node:crypto'
import { probeJetStream, startNatsServer } from '@secumon/infra/embedded/nats-server'
import { natsProgram, pinnedRelease } from '@secumon/infra/embedded/nats-program'
import { preferPort } from '@secumon/infra/embedded/ports'
import { OWN_SERVER_SETTINGS, postgresVersion, startPostgres } from '@secumon/infra/embedded/postgres'
import { startRedisServer } from '@secumon/infra/embedded/redis-server'
import { findTool } from '@secumon/infra/embedded/tools'
import { freeBytes } from '@secumon/infra/log/reserve-file'
import type { Config } from '../config.ts'
import { STOP_DEADLINE_MS, type Lifetime } from '../lifecycle.ts'
import { recallFacts, rememberFacts, type DataDirectory, type Facts } from './data-directory.ts'
import { keepServer } from './kept-server.ts'
import { ownSecret } from './own-secret.ts'
import type { Outcome, Steps } from './steps.ts'

export type Servers = {
  readonly natsUrl: string
  readonly databaseUrl: string
  readonly redisUrl: string | undefined
}

export type ServersContext = {
  readonly config: Config
  readonly directory: DataDirectory
  readonly lifetime: Lifetime
  readonly steps: Steps
}

/** Servers outlive a killed supervisor by what their clients need to finish. */
const GUARD_AFTER_S = STOP_DEADLINE_MS / 1_000 + 1

const ROOM_TO_START_BYTES = 64 * 1024 ** 2

/** Starts what is not given; everything is stopped with the lifetime. */
export async function startServers(context: ServersContext): Promise<Servers> {
  const { config, directory, steps } = context
  const facts = await recallFacts(directory, config.shards)
  const natsPort = await preferPort(facts.natsPort)
  const natsUrl = config.natsUrl ?? (await steps.step('nats-server', () => embedNats(context, natsPort)))
  const postgresPort = await preferPort(facts.postgresPort)
  const databaseUrl =
    config.databaseUrl ?? (await steps.step('PostgreSQL', () => embedPostgres(context, postgresPort)))
  const redisUrl = config.redisUrl ?? (await steps.step('Redis', () => embedRedis(context)))
  await rememberFacts(directory, { ...facts, ...usedPorts(config, { natsPort, postgresPort }) })
  return { natsUrl, databaseUrl, redisUrl }
}

/** Starts PostgreSQL alone, on the files of the data directory. */
export async function ownDatabase(context: ServersContext): Promise<string> {
  const { config, directory, steps } = context
  const facts = await recallFacts(directory, config.shards)
  const postgresPort = await preferPort(facts.postgresPort)
  const url = await steps.step('PostgreSQL', () => embedPostgres(context, postgresPort))
  await rememberFacts(directory, { ...facts, postgresPort })
  return url
}

const usedPorts = (config: Config, ports: Pick<Facts, 'natsPort' | 'postgresPort'>): Partial<Facts> => ({
  ...(config.natsUrl === undefined && { natsPort: ports.natsPort }),
  ...(config.databaseUrl === undefined && { postgresPort: ports.postgresPort }),
})

async function embedNats(
  { config, directory, lifetime, steps }: ServersContext,
  port: number,
): Promise<Outcome<string>> {
  const release = await pinnedRelease()
  const program = await natsProgram({
    directory: directory.at('programs'),
    ...(config.natsServer !== undefined && { path: config.natsServer }),
    lock: { ...release, baseUrl: config.natsReleases ?? release.baseUrl },
    say: steps.say,
  })
  const token = await ownSecret(directory.at('nats.token'), () => randomBytes(24).toString('base64url'))
  const start = () =>
    startNatsServer({
      program: program.path,
      directory: directory.at('nats'),
      port,
      token,
      guardAfterS: GUARD_AFTER_S,
    })
  const { url, child } = await start()
  const plan = {
    name: 'nats-server',
    signal: 'SIGTERM' as const,
    start: async () => (await start()).child,
    say: steps.say,
    hang: {
      answers: () => probeJetStream({ url }),
      // On a full disk it would come up as it went down.
      isMendable: async () => (await freeBytes(directory.at('nats'))) >= ROOM_TO_START_BYTES,
    },
  }
  lifetime.own('nats-server', keepServer(plan, child).stop)
  const remark = program.forDevelopment ? ' (older than 2.10.23: for evaluation and development)' : ''
  return { line: `nats-server ${program.version} started on port ${port}${remark}`, value: url }
}

async function embedPostgres(
  { directory, lifetime, steps }: ServersContext,
  port: number,
): Promise<Outcome<string>> {
  const start = () =>
    startPostgres({
      directory: directory.at('postgres'),
      port,
      settings: OWN_SERVER_SETTINGS,
      guardAfterS: GUARD_AFTER_S,
    })
  const { url, child, runsAs } = await start()
  const plan = {
    name: 'PostgreSQL',
    signal: 'SIGINT' as const,
    start: async () => (await start()).child,
    say: steps.say,
  }
  lifetime.own('PostgreSQL', keepServer(plan, child).stop)
  if (runsAs.kind === 'nobody') steps.say(`PostgreSQL runs as nobody, with its files in ${runsAs.directory}`)
  return { line: `PostgreSQL ${await postgresVersion()} started on port ${port}`, value: url }
}

async function embedRedis({ directory, lifetime }: ServersContext): Promise<Outcome<string | undefined>> {
  const program = await findTool('redis-server')
  if (program === undefined)
    return { line: 'no Redis here: latest values are kept in memory', value: undefined }
  const server = await startRedisServer({
    program,
    directory: directory.at('redis'),
    guardAfterS: GUARD_AFTER_S,
  })
  lifetime.own('Redis', () => server.child.stop('SIGTERM', 1_000))
  return { line: `Redis started on port ${server.port}, as a cache only`, value: server.url }
}
