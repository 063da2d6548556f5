// Everything a status asks: the API how its roles are, database, log and archive how the platform is. What does not
// answer is one more thing that is wrong.

import { openArchiveReader } from '@secumon/infra/archive/archive-reader'
import { closeDatabase, openDatabase } from '@secumon/infra/database/database'
import { lookAtLog } from '@secumon/infra/eventlog/look-at-log'
import { NO_KEYS } from '@secumon/infra/vault/envelope-sealing'
import { pino } from 'pino'
import { z } from 'zod'
import { archivePlace } from '../archive-place.ts'
import { systemClock } from '../clock.ts'
import type { Config } from '../config.ts'
import { natsDoor } from '../nats-url.ts'
import { platformStatus, type PlatformStatus } from './platform-status.ts'
import { problems } from './problems.ts'

const role = z.object({ status: z.string(), detail: z.string().optional() })
const health = z.object({ status: z.string(), version: z.string(), roles: z.record(z.string(), role) })

export type ApiStatus = z.infer<typeof health> & { readonly url: string }

export type FullStatus = {
  readonly api?: ApiStatus
  readonly platform?: PlatformStatus
  /** One line each, with what to do. */
  readonly problems: readonly string[]
}

export type StatusConfig = Config & { readonly apiUrl: string }

const TIMEOUT_MS = 4_000
const OUR_STREAMS = /^(EVENTS|(TELEMETRY|LOGS)_\d+)$/
const logger = pino({ level: 'silent' })

/** Asks everybody at once. Never fails. */
export async function fullStatus(config: StatusConfig): Promise<FullStatus> {
  const wrong: string[] = []
  const orWrong = <T>(line: string, work: Promise<T>): Promise<T | undefined> =>
    work.catch((error: unknown) => {
      wrong.push(`${line} (${text(error)})`)
      return undefined
    })
  const known = config.databaseUrl !== undefined && config.natsUrl !== undefined
  const [api, platform] = await Promise.all([
    orWrong(`no SecuMon answers at ${config.apiUrl}: is a role api running?`, askApi(config.apiUrl)),
    known
      ? orWrong('database or event log do not answer: start them', inTime(askPlatform(config)))
      : undefined,
  ])
  return {
    ...(api && { api }),
    ...(platform && { platform }),
    problems: [
      ...wrong,
      ...(api ? unwell(api) : []),
      ...(platform ? problems(platform, systemClock.nowMs()) : []),
    ],
  }
}

async function askApi(url: string): Promise<ApiStatus> {
  const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
  return { url, ...health.parse(await response.json()) }
}

const unwell = ({ roles }: ApiStatus): string[] =>
  Object.entries(roles)
    .filter(([, { status }]) => status !== 'healthy')
    .map(([name, { status, detail }]) => `${name} is ${status}: ${detail ?? 'see its log'}`)

async function askPlatform(config: StatusConfig): Promise<PlatformStatus> {
  const { databaseUrl: url = '', natsUrl = '', timescale } = config
  const db = openDatabase({ url, timescale, poolSize: 4, applicationName: 'secumon status', logger })
  try {
    const log = await lookAtLog({ ...natsDoor(natsUrl), logger, clock: systemClock, name: 'secumon status' })
    try {
      const place = archivePlace(config)
      return await platformStatus({
        db,
        log,
        streams: log.streams.filter((name) => OUR_STREAMS.test(name)).toSorted(),
        reconciled: log.reconciled,
        archive: {
          directory: place.directory,
          reader: openArchiveReader({ ...place, keys: NO_KEYS }),
          reserveBytes: config.reserveMb * 1024 ** 2,
        },
        nowMs: systemClock.nowMs(),
      })
    } finally {
      await log.close()
    }
  } finally {
    await closeDatabase(db)
  }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`not within ${TIMEOUT_MS / 1_000} s`)), TIMEOUT_MS)
  return Promise.race([work, promise]).finally(() => clearTimeout(timer))
}

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error))
