// What a backup is sealed with, and what goes into it beside the database: the configuration file, and under a
// passphrase the master key of an all-in-one, which lies nowhere else.

import { masterKeys } from '@secumon/infra/vault/master-keys'
import type { BoxKeys } from '@secumon/infra/backup/sealed-box'
import type { KeptFile } from '@secumon/infra/backup/vault-file'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { configurationFile, type Config } from './config.ts'
import { masterKeyText } from './config/setting.ts'
import { givenMasterKeys } from './master-keys.ts'

/** Of an all-in-one that was given none. */
export const ownMasterKeyPath = ({ dataDirectory }: Config): string =>
  join(resolve(dataDirectory), 'master.key')

/** The passphrase, and the master keys that are configured or lie in the data directory. */
export async function backupKeys(config: Config): Promise<BoxKeys> {
  const given = await givenMasterKeys(config)
  const own = given ? undefined : await ownMasterKey(config)
  const current = given?.current ?? own
  return {
    passphrase: config.backupPassphrase,
    masterKeys: current && masterKeys(current, given?.others ?? config.masterKeyOld),
  }
}

export async function keptFiles(config: Config, { passphrase }: BoxKeys): Promise<KeptFile[]> {
  const files: KeptFile[] = []
  const path = configurationFile()
  if (path !== undefined)
    files.push({ name: 'configuration', path: resolve(path), content: await readFile(path, 'utf8') })
  const own = await ownMasterKey(config)
  if (own && passphrase !== undefined)
    files.push({ name: 'master key', path: ownMasterKeyPath(config), content: own.toString('base64') })
  return files
}

async function ownMasterKey(config: Config): Promise<Buffer | undefined> {
  const text = await readFile(ownMasterKeyPath(config), 'utf8').catch(() => '')
  return text.trim() === '' ? undefined : masterKeyText.parse(text.trim())
}
