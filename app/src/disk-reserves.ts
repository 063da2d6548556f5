// Reserves of the volumes that fill up with what agents send: the archive's, and in an all-in-one the log's.

import { Reserve } from '@secumon/infra/log/reserve'
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Platform } from './platform.ts'

export type DiskReserves = {
  /** Of the archive's volume; undefined when none is wanted. */
  readonly archive: Reserve | undefined
  /** Of the volume that an embedded log lies on. */
  readonly log: Reserve | undefined
  stop(): Promise<void>
}

/** Keeps one reserve for each volume. `archiveDirectory` is made when it is not there. */
export async function keepReserves(platform: Platform, archiveDirectory: string): Promise<DiskReserves> {
  const { config, logger, registry } = platform
  const sizeBytes = config.reserveMb * 1024 ** 2
  if (sizeBytes === 0) return { archive: undefined, log: undefined, stop: () => Promise.resolve() }
  await mkdir(archiveDirectory, { recursive: true })
  const keep = (directory: string) => Reserve.keep({ directory, sizeBytes, logger, registry })
  const archive = keep(archiveDirectory)
  const logVolume = await volumeOf(join(config.dataDirectory, 'nats'))
  const shared = logVolume === (await volumeOf(archiveDirectory))
  const log = shared ? archive : logVolume === undefined ? undefined : keep(config.dataDirectory)
  return {
    archive,
    log,
    stop: async () => {
      await Promise.all([archive.stop(), log?.stop()])
    },
  }
}

/** Undefined where there is nothing: then the log is somebody else's. */
const volumeOf = (directory: string): Promise<number | undefined> =>
  stat(directory).then(
    ({ dev }) => dev,
    () => undefined,
  )
