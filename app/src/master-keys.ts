// Where the master key comes from: the environment, a file (SECUMON_MASTER_KEY_FILE), or a store of secrets.

import { KeysUnavailable } from '@secumon/infra/vault/key-faults'
import { readSecret, StoreRefused } from '@secumon/infra/vault/kv2'
import type { Config } from './config.ts'
import { masterKeyList, masterKeyText } from './config/setting.ts'
import { Exit, exitCode } from './exit.ts'

export type GivenMasterKeys = {
  readonly current: Buffer
  /** They only open what they wrapped, until `secumon keys rotate-master` has run. */
  readonly others: readonly Buffer[]
}

const FIELD = 'master_key'
const OLD_FIELD = 'master_key_old'

/** Undefined when none is configured. @throws Exit 78 when what is configured is wrong, 69 when the store is away */
export async function givenMasterKeys(config: Config): Promise<GivenMasterKeys | undefined> {
  const { masterKey, masterKeyOld, vaultUrl } = config
  if (vaultUrl === undefined) return masterKey && { current: masterKey, others: masterKeyOld }
  if (masterKey !== undefined)
    throw wrong('SECUMON_MASTER_KEY and SECUMON_VAULT_URL both say where the master key is: keep one')
  const fields = await secretOf(config, vaultUrl)
  const text = fields.get(FIELD)
  if (text === undefined)
    throw wrong(`the secret ${placeOf(config)} has no field ${FIELD}: 32 bytes in base64 or hexadecimal`)
  const others = parsed(masterKeyList, fields.get(OLD_FIELD) ?? '', `${placeOf(config)}, field ${OLD_FIELD}`)
  return {
    current: parsed(masterKeyText, text.trim(), `${placeOf(config)}, field ${FIELD}`),
    others: [...others, ...masterKeyOld],
  }
}

async function secretOf(config: Config, url: string): Promise<ReadonlyMap<string, string>> {
  const { vaultToken: token, vaultMount: mount, vaultPath: path } = config
  if (token === undefined) throw wrong('SECUMON_VAULT_TOKEN is not set: it lets us read SECUMON_VAULT_URL')
  try {
    return await readSecret({ url, token, mount, path })
  } catch (cause) {
    if (cause instanceof StoreRefused) throw wrong(`no master key: ${cause.message}`, cause)
    if (!(cause instanceof KeysUnavailable)) throw cause
    throw new Exit(exitCode.unavailable, `no master key: ${cause.message}`, { cause })
  }
}

const placeOf = ({ vaultMount, vaultPath }: Config): string => `${vaultMount}/${vaultPath}`

type Schema<T> = { safeParse(value: unknown): { readonly success: boolean; readonly data?: T } }

function parsed<T>(schema: Schema<T>, text: string, where: string): T {
  const { data } = schema.safeParse(text)
  if (data === undefined) throw wrong(`${where} (not shown): must be 32 bytes in base64 or hexadecimal`)
  return data
}

const wrong = (message: string, cause?: unknown): Exit => new Exit(exitCode.configuration, message, { cause })
