// The agent's directory on its host: key, identity, configuration, spools, quarantine. One process at a time; every
// file replaced in one step.
//
//   key            Ed25519, PKCS8 PEM, made here, mode 0600, never leaves
//   key.new        the key of an enrolment that is not finished
//   identity.json  who the platform says this is, and which key belongs to it
//   config.json    the newest signed configuration
//   spool/<lane>-<agent>-<epoch>/    quarantine/<lane>-<agent>-<epoch>-<sequence>.frame

import { generateSigningKey, rawPublicKey } from '@secumon/contracts/signing'
import type { ChainIdentity } from '@secumon/contracts/frame'
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { errorCode, errorText } from '../error-code.ts'
import { encode, identityFields, object, parseIdentity, type AgentIdentity } from './agent-identity.ts'
import { syncDirectory, writeFileAtomic } from './atomic-file.ts'
import { acquireLock } from './lock.ts'
import { Quarantine } from './quarantine.ts'

/** A file of the state directory cannot be used; the message says which and what to do. */
export class StateDamaged extends Error {
  override readonly name = 'StateDamaged'
}

/** An identity and the key that proves it. */
export type Enrolled = { readonly identity: AgentIdentity; readonly key: KeyObject }

/** A configuration as it was signed. */
export type SignedConfig = { readonly config: Uint8Array; readonly signature: Uint8Array }

export class StateDirectory {
  readonly path: string
  readonly quarantine: Quarantine
  readonly #release: () => void

  /** @throws Locked when another agent runs on it */
  constructor(path: string) {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    this.path = path
    this.quarantine = new Quarantine(join(path, 'quarantine'))
    this.#release = acquireLock(join(path, 'lock'))
  }

  /** Who this host is; undefined before its first enrolment. @throws StateDamaged */
  load(): Enrolled | undefined {
    const content = readIfThere(this.#at('identity.json'))
    if (content === undefined) return undefined
    try {
      const fields = object(JSON.parse(content), 'identity.json')
      const identity = parseIdentity(fields)
      return { identity, key: this.#keyOf(fields['public_key']) }
    } catch (cause) {
      if (cause instanceof StateDamaged) throw cause
      const path = this.#at('identity.json')
      throw new StateDamaged(`${path}: ${errorText(cause)}. Remove it and enrol again.`, { cause })
    }
  }

  /** From now on the host is this identity; a restart finds it whole or finds the one before. */
  save({ identity, key }: Enrolled): void {
    const fields = { ...identityFields(identity), public_key: encode(rawPublicKey(key)) }
    writeFileAtomic(this.#at('identity.json'), `${JSON.stringify(fields, undefined, 2)}\n`)
    this.#keyOf(fields.public_key)
  }

  /** The key to enrol with: the one of an attempt that did not finish, else a new one. */
  enrolmentKey(): KeyObject {
    const path = this.#at('key.new')
    if (!existsSync(path)) {
      const pem = generateSigningKey().export({ format: 'pem', type: 'pkcs8' })
      writeFileAtomic(path, pem)
    }
    return readKey(path)
  }

  /** The API refused the enrolment key: the next attempt makes another. */
  dropEnrolmentKey(): void {
    rmSync(this.#at('key.new'), { force: true })
  }

  loadConfig(): SignedConfig | undefined {
    const content = readIfThere(this.#at('config.json'))
    if (content === undefined) return undefined
    try {
      const { config, signature } = object(JSON.parse(content), 'config.json')
      return {
        config: Buffer.from(String(config), 'base64'),
        signature: Buffer.from(String(signature), 'base64'),
      }
    } catch {
      // It comes again with the next stream.
      return undefined
    }
  }

  saveConfig({ config, signature }: SignedConfig): void {
    const content = JSON.stringify({ config: encode(config), signature: encode(signature) })
    writeFileAtomic(this.#at('config.json'), `${content}\n`)
  }

  spoolPath({ lane, agent, epoch }: ChainIdentity): string {
    return this.#at('spool', `${lane}-${agent}-${epoch}`)
  }

  /** Empties the place of a chain that begins. */
  clearSpool(chain: ChainIdentity): void {
    rmSync(this.spoolPath(chain), { recursive: true, force: true })
  }

  /** Removes the spools of chains that were left, or never finished beginning. */
  keepSpoolsOf(chains: readonly ChainIdentity[]): void {
    const kept = new Set(chains.map((chain) => this.spoolPath(chain)))
    for (const name of readDirectory(this.#at('spool'))) {
      const path = this.#at('spool', name)
      if (!kept.has(path)) rmSync(path, { recursive: true, force: true })
    }
  }

  close(): void {
    this.#release()
  }

  // The identity decides which key is the right one: an enrolment that was cut off after it was saved left `key.new`.
  #keyOf(publicKey: unknown): KeyObject {
    const [path, unfinished] = [this.#at('key'), this.#at('key.new')]
    if (existsSync(unfinished) && encode(rawPublicKey(readKey(unfinished))) === publicKey) {
      renameSync(unfinished, path)
      syncDirectory(this.path)
    }
    const key = readKey(path)
    if (encode(rawPublicKey(key)) === publicKey) return key
    throw new StateDamaged(`${path} is not the key of identity.json. Remove both and enrol again.`)
  }

  #at(...names: string[]): string {
    return join(this.path, ...names)
  }
}

function readKey(path: string): KeyObject {
  try {
    const pem = readFileSync(path)
    chmodSync(path, 0o600)
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType !== 'ed25519') throw new Error('not an Ed25519 key')
    return key
  } catch (cause) {
    throw new StateDamaged(`${path}: ${errorText(cause)}. Remove it and identity.json and enrol again.`, {
      cause,
    })
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function readDirectory(path: string): string[] {
  try {
    return readdirSync(path)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  }
}
