// `secumon keys missing | forget`: what the vault lacks after it was restored from an older backup, and how to go on
// without it when there is no newer one.

import type { Database } from '@secumon/infra/database/database'
import { jetStreamEventStore } from '@secumon/infra/eventlog/jetstream-event-store'
import { archivePlace } from '../archive-place.ts'
import { Exit, exitCode } from '../exit.ts'
import { forget, tellForgotten } from '../keyring.ts'
import { readableLog } from '../log-patience.ts'
import { missingKeys, type MissingKey } from '../missing-keys.ts'
import type { Platform } from '../platform.ts'
import { count, number } from '../status/figures.ts'
import { table } from '../status/table.ts'
import { confirmed } from './confirm.ts'

/** What was held up by the missing key comes first: the archive is taken over, then the log is reconciled with it. */
const RECONCILED_WITHIN_MS = 60_000

/** Ends with 65 when keys are missing. */
export async function listMissing(platform: Platform, db: Database): Promise<void> {
  const missing = await lookFor(platform, db)
  if (missing.length === 0)
    return console.log('no key is missing: the vault has all that archive and log use')
  for (const line of missingLines(missing)) console.log(line)
  console.log(WAYS_OUT)
  process.exitCode = exitCode.data
}

/** Asks first. @throws Exit 64 when it was not agreed to, 69 when it could not be told */
export async function forgetMissing(
  platform: Platform,
  db: Database,
  options: Record<string, unknown>,
): Promise<void> {
  const tenant = String(options['tenant'])
  const missing = (await lookFor(platform, db)).filter((key) => key.tenant === tenant)
  if (missing.length > 0) await agreed(missing, tenant, options['yesForget'])
  const { clock } = platform
  const keyIds = missing.map(({ keyId }) => keyId)
  await forget({ db, clock }, tenant, keyIds)
  // Until the keys were given up nothing could be reconciled, nor told.
  const patience = {
    patienceMs: RECONCILED_WITHIN_MS,
    done: 'the keys are given up and it could not be told (run the command again while an archiver runs)',
  }
  const store = jetStreamEventStore(await readableLog(platform, patience))
  await tellForgotten({ db, clock, store }, tenant)
  console.log(
    keyIds.length > 0 ? `\nGiven up: ${count(keyIds.length, 'key')} of ${tenant}.\n${AFTERWARDS}` : NONE,
  )
}

const lookFor = async (platform: Platform, db: Database): Promise<MissingKey[]> =>
  missingKeys({ db, places: archivePlace(platform.config), log: await platform.log() })

async function agreed(missing: readonly MissingKey[], tenant: string, given: unknown): Promise<void> {
  for (const line of missingLines(missing)) console.log(line)
  console.log(WARNING)
  if (!(await confirmed(tenant, given)))
    throw new Exit(exitCode.usage, 'nothing was changed: the name was not given once more')
}

const missingLines = (missing: readonly MissingKey[]): string[] =>
  table(
    ['TENANT', 'KEY', 'RECORDS', 'EVENTS IN LOG', 'FIRST', 'LAST'],
    missing.map(({ tenant, keyId, leaves, envelopes, firstAtMs, lastAtMs }) => [
      tenant,
      keyId,
      number(leaves),
      number(envelopes),
      minute(firstAtMs),
      minute(lastAtMs),
    ]),
  )

const minute = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16)}Z`

const NONE = 'no key of it is missing; nothing was changed'

const WAYS_OUT = `
The vault is older than these keys. While they are missing the archive may not be taken over, and nothing is archived.
  - a newer backup of the vault, or of PostgreSQL: restore it
  - none: secumon keys forget --tenant <name> gives up what these keys sealed`

const WARNING = `
What these keys sealed can then be read by nobody, for ever, as if they had been shredded. A newer backup of the vault would
still open it. What stays: every leaf hash, and the subjects, versions and times of events.`

const AFTERWARDS = `A running archiver goes on within a minute. Agents whose events could be read by nobody keep sending; what cannot be read
of them (names, tags) is lost.
  - secumon dead-letters ls    events that could not be opened meanwhile: retry them, they pass as unreadable
  - secumon backup             soon`
