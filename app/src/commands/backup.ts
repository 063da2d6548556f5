// `secumon backup <directory>` and `secumon backup check <directory>`.

import { checkBackup, manifestOf, openVault } from '@secumon/infra/backup/check-backup'
import type { BackupManifest } from '@secumon/infra/backup/manifest'
import { takeBackup } from '@secumon/infra/backup/take-backup'
import type { Command } from 'commander'
import { resolve } from 'node:path'
import { archivePlace } from '../archive-place.ts'
import { backupKeys, keptFiles } from '../backup-keys.ts'
import { byteProgress, megabytes } from '../byte-progress.ts'
import { settingNames } from '../config/settings.ts'
import { Exit, exitCode } from '../exit.ts'
import { reached, type Platform } from '../platform.ts'
import { withPlatform } from './command-platform.ts'
import { configured } from './load-config.ts'
import { addSettings, flagsOf } from './options.ts'

type Options = Record<string, unknown> & { manifestOnly?: boolean }

export function define(command: Command): void {
  addSettings(command, settingNames)
    .argument('<directory>', 'a new one, or that of an earlier backup: only what is new is copied then')
    .option('--manifest-only', 'leave sealed segments of the archive where they are, and only name them')
    .action((directory: string, options: Options) =>
      withPlatform(flagsOf(options, settingNames), (platform) => take(platform, directory, options)),
    )
  addSettings(command.command('check'), settingNames)
    .description('read a backup again and say what is not as it was')
    .argument('<directory>')
    .action(check)
}

async function take(platform: Platform, directory: string, { manifestOnly }: Options): Promise<void> {
  const { config, clock, version } = platform
  const db = await platform.database('backup', 2)
  const keys = await backupKeys(config)
  const progress = byteProgress('archive')
  const taken = await reached('PostgreSQL', async () =>
    takeBackup({
      db,
      places: { ...archivePlace(config), keys: await platform.keys() },
      directory: resolve(directory),
      keys,
      files: await keptFiles(config, keys),
      withSealed: manifestOnly !== true,
      version,
      nowMs: clock.nowMs(),
      progress: progress.show,
    }),
  ).finally(progress.end)
  console.log(`${summary(taken)}\nin ${resolve(directory)}, sealed with ${nameOf(keys)}`)
}

async function check(directory: string, options: Options): Promise<void> {
  const config = await configured(flagsOf(options, settingNames))
  const manifest = await manifestOf(resolve(directory))
  const faults = await checkBackup(resolve(directory), manifest)
  console.log(summary(manifest))
  for (const { file, what } of faults) console.log(`  ${file} ${what}`)
  if (faults.length > 0)
    throw new Exit(exitCode.data, `${faults.length} files are not what they were; take a new backup`)
  console.log(`every file is what it was; ${await opened(directory, manifest, config)}`)
}

async function opened(directory: string, manifest: BackupManifest, config: Parameters<typeof backupKeys>[0]) {
  try {
    const { rows } = await openVault(resolve(directory), manifest, await backupKeys(config))
    return `the vault opens, with ${rows.length} rows`
  } catch (error) {
    return `the vault was not opened: ${error instanceof Error ? error.message : String(error)}`
  }
}

function summary({ id, takenAt, archive }: BackupManifest): string {
  const { segments, tenants, flush } = archive
  const copied = segments.filter(({ file }) => file !== undefined)
  const bytes = copied.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const left = segments.length - copied.length
  const leaves = tenants.reduce((sum, each) => sum + each.leaves, 0)
  const named = left > 0 ? `, ${left} only named` : ''
  return (
    `backup ${id} of ${takenAt}: ${leaves.toLocaleString('en')} records of ${tenants.length} tenants, ` +
    `up to flush ${flush}; ${copied.length} segments with ${megabytes(bytes)}${named}`
  )
}

const nameOf = ({ passphrase }: { readonly passphrase?: string | undefined }): string =>
  passphrase === undefined ? 'the master key: keep that apart from it' : 'the passphrase'
