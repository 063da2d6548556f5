// `secumon restore <directory>`: puts a backup back, into the servers that are configured or into an all-in-one.

import { manifestOf, openVault } from '@secumon/infra/backup/check-backup'
import { restoreBackup, type RestoreOptions } from '@secumon/infra/backup/restore-backup'
import type { VaultFile } from '@secumon/infra/backup/vault-file'
import { closeDatabase, openDatabase, type Database } from '@secumon/infra/database/database'
import type { Projector } from '@secumon/projections/projector'
import { awaitRebuild } from '@secumon/projections/rebuild/restored'
import { DEFAULT_KEPT_DAYS } from '@secumon/projections/storage/kept-days'
import type { Command } from 'commander'
import { writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { pino } from 'pino'
import { archivePlace } from '../archive-place.ts'
import { backupKeys, ownMasterKeyPath } from '../backup-keys.ts'
import { byteProgress } from '../byte-progress.ts'
import type { Config } from '../config.ts'
import { settingNames } from '../config/settings.ts'
import { Lifetime } from '../lifecycle.ts'
import { readModels } from '../projectors.ts'
import { openDataDirectory, type DataDirectory } from '../up/data-directory.ts'
import { lockDirectory } from '../up/lock.ts'
import { ownDatabase } from '../up/servers.ts'
import { Steps, type Outcome } from '../up/steps.ts'
import { configured } from './load-config.ts'
import { addSettings, flagsOf } from './options.ts'

type Options = Record<string, unknown> & { force?: boolean }
type Restore = {
  readonly config: Config
  readonly from: string
  readonly force: boolean
  readonly steps: Steps
  readonly lifetime: Lifetime
}

export const define = (command: Command): void =>
  void addSettings(command, settingNames)
    .argument('<directory>', 'of the backup')
    .option('--force', 'replace the installation that is there; its archive is moved aside')
    .action(async (directory: string, options: Options) => {
      const config = await configured(flagsOf(options, settingNames))
      const lifetime = new Lifetime(pino({ level: 'silent' }))
      const steps = new Steps(new AbortController().signal)
      const from = resolve(directory)
      try {
        await restore({ config, from, force: options.force === true, steps, lifetime })
      } finally {
        await lifetime.end()
      }
    })

async function restore(asked: Restore): Promise<void> {
  const { config, from, steps, lifetime } = asked
  const manifest = await manifestOf(from)
  const vault = await steps.step('vault', async () => {
    const value = await openVault(from, manifest, await backupKeys(config))
    return { line: `backup ${manifest.id} of ${manifest.takenAt} opens`, value }
  })
  const directory = await openDataDirectory(config.dataDirectory)
  lifetime.own('lock', (await lockDirectory(directory.path)).release)
  const db = await database(asked, directory, vault)
  await steps.step('archive and vault', () => putBack(asked, { db, manifest, vault }))
  await restoreFiles(directory, vault, asked)
  steps.plain(AFTERWARDS)
}

async function database(asked: Restore, directory: DataDirectory, vault: VaultFile): Promise<Database> {
  const { config, lifetime } = asked
  const own = { ...asked, directory, config: asMade(config, vault) }
  const url = config.databaseUrl ?? (await ownDatabase(own))
  const logger = pino({ level: 'silent' })
  const { timescale } = config
  const db = openDatabase({ url, timescale, poolSize: 2, applicationName: 'secumon restore', logger })
  lifetime.own('database', () => closeDatabase(db))
  return db
}

type Found = Pick<RestoreOptions, 'db' | 'manifest' | 'vault'>

async function putBack({ config, from, force, steps }: Restore, found: Found): Promise<Outcome<undefined>> {
  const progress = byteProgress('archive')
  const { copied, kept, rows, aside } = await restoreBackup({
    ...found,
    archive: archivePlace(config),
    directory: from,
    force,
    prepare: (db) => awaitRebuild(db, projectors()),
    progress: progress.show,
  }).finally(progress.end)
  if (aside !== undefined) steps.say(`the archive that was there lies in ${aside}`)
  const line = `${copied} segments copied, ${kept} were there; ${rows} rows in the vault`
  return { line, value: undefined }
}

const projectors = (): Projector[] =>
  readModels.flatMap((make) =>
    make({
      live: { publishLive: () => undefined },
      logger: pino({ level: 'silent' }),
      cache: undefined,
      kept: DEFAULT_KEPT_DAYS,
      loki: undefined,
    }),
  )

// The number of shards is fixed, and recorded in the data directory too.
function asMade(config: Config, { rows }: VaultFile): Config {
  const shards = rows.find(({ table, row }) => table === 'secumon.facts' && row['name'] === 'shards')
  return { ...config, shards: Number(shards?.row['value'] ?? config.shards) }
}

async function restoreFiles(directory: DataDirectory, { files }: VaultFile, { config, steps }: Restore) {
  for (const { name, path, content } of files) {
    const isKey = name === 'master key'
    const to = isKey ? ownMasterKeyPath(config) : join(directory.path, `restored-${basename(path)}`)
    await writeFile(to, content, { mode: 0o600, flush: true })
    steps.say(isKey ? `master key written to ${to}` : `configuration file, before in ${path}, is in ${to}`)
  }
}

const AFTERWARDS = `
Start SecuMon as before. Its roles put the event log back from the archive and build the tables from it; agents go on
by themselves. What the archive does not hold (tables older than its 35 days of telemetry) is not in a backup.`
