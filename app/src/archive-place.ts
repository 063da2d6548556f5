// Where the archive lies: its local directory, where segments are written, and the store that sealed ones go to.

import type { ArchiveStore } from '@secumon/infra/archive/archive'
import { directoryStore } from '@secumon/infra/archive/local-store'
import { DEFAULT_ARCHIVE_LIMITS, type ArchiveLimits } from '@secumon/infra/archive/open-segments'
import { s3Store } from '@secumon/infra/archive/s3-store'
import { join, resolve } from 'node:path'
import type { Config } from './config.ts'
import { Exit, exitCode } from './exit.ts'

export type ArchivePlace = {
  /** Of open segments; with a directory as store, its root. */
  readonly directory: string
  readonly store: ArchiveStore
  readonly limits: ArchiveLimits
}

type Settings = Pick<
  Config,
  | 'archiveDirectory'
  | 'dataDirectory'
  | 'archiveS3Url'
  | 'archiveS3Bucket'
  | 'archiveS3Region'
  | 'archiveS3Prefix'
  | 'archiveS3AccessKey'
  | 'archiveS3SecretKey'
>

/** Segments on the way to another store are only on one disk until they are sealed. */
const S3_SEAL_AFTER_MS = 3_600_000

/** `<data>/archive` when nothing else is set. */
export const archiveDirectory = ({
  archiveDirectory: given,
  dataDirectory,
}: Pick<Settings, 'archiveDirectory' | 'dataDirectory'>): string =>
  resolve(given ?? join(dataDirectory, 'archive'))

/** @throws Exit 78 when a part of the store's settings is missing */
export function archivePlace(config: Settings): ArchivePlace {
  const directory = archiveDirectory(config)
  const { archiveS3Url: url } = config
  if (url === undefined)
    return { directory, store: directoryStore(directory), limits: DEFAULT_ARCHIVE_LIMITS }
  const store = s3Store({
    url,
    bucket: needed(config.archiveS3Bucket, 'BUCKET'),
    region: config.archiveS3Region,
    accessKey: needed(config.archiveS3AccessKey, 'ACCESS_KEY'),
    secretKey: needed(config.archiveS3SecretKey, 'SECRET_KEY'),
    ...(config.archiveS3Prefix !== undefined && { prefix: config.archiveS3Prefix }),
  })
  return { directory, store, limits: { ...DEFAULT_ARCHIVE_LIMITS, sealAfterMs: S3_SEAL_AFTER_MS } }
}

function needed(value: string | undefined, name: string): string {
  if (value !== undefined) return value
  throw new Exit(
    exitCode.configuration,
    `SECUMON_ARCHIVE_S3_URL is set, so SECUMON_ARCHIVE_S3_${name} is needed too`,
  )
}
