// `secumon messages list | show | retry`: messages to channels, above all those that were given up or refused.

import { isUlid } from '@secumon/contracts/ids'
import { DEFAULT_TENANT, isTenant } from '@secumon/contracts/subjects'
import { notification } from '@secumon/domain/notification/notification'
import { Rejected } from '@secumon/domain/rejected'
import { untyped } from '@secumon/infra/database/database'
import {
  findNotification,
  listNotifications,
  type NotificationPage,
  type NotificationRow,
} from '@secumon/projections/alerts/queries/notifications'
import { tenantScope } from '@secumon/projections/tenant-scope'
import { InvalidArgumentError, type Command } from 'commander'
import type { Kysely } from 'kysely'
import { settingNames } from '../config/settings.ts'
import { Exit, exitCode } from '../exit.ts'
import { readableLog } from '../log-patience.ts'
import { reached } from '../platform.ts'
import { withDatabase, withPlatform } from './command-platform.ts'
import { confirmed } from './confirm.ts'
import { messageTable, messageText } from './message-text.ts'
import { onTheLog, type CarryOut } from './on-the-log.ts'
import { addSettings, flagsOf } from './options.ts'

type Options = Record<string, unknown> & { tenant: string; channel?: string; json?: boolean }
type ListOptions = Options & { failed?: boolean; all?: boolean; limit: number }
type RetryOptions = Options & { allFailed?: boolean; yes?: boolean }

const UNDELIVERED = 'due,sending,waiting,dead'
const FAILED = 'dead'
const MAX_LIMIT = 500
const WORD = 'send'

export function define(command: Command): void {
  act(command, 'list', 'list what is not delivered, the newest first')
    .option('--failed', 'only what was refused or given up')
    .option('--all', 'what was delivered too')
    .option('--channel <id>', 'to this channel', ulid)
    .option('--limit <count>', `at most so many, up to ${MAX_LIMIT}`, limit, 50)
    .action(list)
  act(command, 'show', 'show one: where it stands, every attempt, what was answered')
    .argument('<id>', 'of the message', ulid)
    .action(show)
  act(command, 'retry', 'send again what was refused or given up; what waits is sent now')
    .argument('[ids...]', 'of the messages', ulids)
    .option('--all-failed', 'everything that was refused or given up')
    .option('--channel <id>', 'with --all-failed: to this channel', ulid)
    .option('--yes', 'with --all-failed: do not ask')
    .action(retry)
}

const act = (command: Command, name: string, about: string): Command =>
  addSettings(command.command(name).description(about), settingNames)
    .option('--tenant <name>', 'whose messages; `system` is the platform’s own', tenantName, DEFAULT_TENANT)
    .option('--json', 'for programs')

const list = (options: ListOptions): Promise<void> =>
  withDatabase(flagsOf(options, settingNames), async (database) => {
    const { failed, all, channel, json } = options
    if (failed && all) throw new Exit(exitCode.usage, 'say one: --failed or --all')
    const state = all ? undefined : failed ? FAILED : UNDELIVERED
    const page = await messages(untyped(database), options.tenant, { state, channel, limit: options.limit })
    if (json) return console.log(JSON.stringify(page.rows, undefined, 2))
    console.log(page.rows.length === 0 ? 'no such messages' : messageTable(page.rows))
    const more = page.total - page.rows.length
    if (more > 0) console.log(`… and ${more} more: --limit`)
  })

const show = (id: string, options: Options): Promise<void> =>
  withDatabase(flagsOf(options, settingNames), async (database) => {
    const scopes = [tenantScope(options.tenant)] as const
    const found = await reached('PostgreSQL', () => findNotification(untyped(database), scopes, id))
    if (!found) throw new Exit(exitCode.usage, `${options.tenant} has no message ${id}`)
    console.log(options.json ? JSON.stringify(found, undefined, 2) : messageText(found))
  })

const retry = (given: readonly string[], options: RetryOptions): Promise<void> =>
  withPlatform(flagsOf(options, settingNames), async (platform) => {
    const { tenant, allFailed, json } = options
    if (given.length > 0 === (allFailed ?? false))
      throw new Exit(exitCode.usage, 'say which: ids, or --all-failed')
    await readableLog(platform)
    const db = untyped(await platform.database('messages command', 2))
    const ids = allFailed ? await failedOf(db, options) : [...new Set(given)]
    const carryOut = await onTheLog(platform, { tenant, by: 'messages' })
    const retried = []
    for (const id of ids) retried.push(await retryOne(carryOut, id, platform.clock.nowMs()))
    console.log(json ? JSON.stringify(retried, undefined, 2) : retriedText(retried))
    if (retried.some(({ refused }) => refused !== null)) process.exitCode = exitCode.data
  })

/** Those that somebody who has seen them wants sent again. @throws Exit 64 when they do not */
async function failedOf(db: Kysely<unknown>, options: RetryOptions): Promise<string[]> {
  const failed = await allFailed(db, options)
  if (failed.length === 0 || options.yes) return failed.map(({ id }) => id)
  console.error(messageTable(failed.slice(0, 20)))
  console.error(`${failed.length} of ${options.tenant} would be sent again.`)
  if (await confirmed(WORD, undefined)) return failed.map(({ id }) => id)
  throw new Exit(exitCode.usage, 'nothing was changed')
}

async function allFailed(db: Kysely<unknown>, { tenant, channel }: Options): Promise<NotificationRow[]> {
  const found: NotificationRow[] = []
  for (let after: string | null | undefined; after !== null;) {
    const page = await messages(db, tenant, { state: FAILED, channel, limit: MAX_LIMIT, after })
    found.push(...page.rows)
    after = page.next
  }
  return found
}

const messages = (db: Kysely<unknown>, tenant: string, page: NotificationPage) =>
  reached('PostgreSQL', () => listNotifications(db, [tenantScope(tenant)], page))

type Retried = {
  readonly id: string
  /** False: it was due already, or is being sent. */
  readonly changed: boolean
  readonly refused: string | null
}

// One that is refused stops no other.
async function retryOne(carryOut: CarryOut, id: string, atMs: number): Promise<Retried> {
  try {
    const { events } = await carryOut(notification, id, { kind: 'Retry', atMs })
    return { id, changed: events.length > 0, refused: null }
  } catch (error) {
    if (!(error instanceof Rejected) || error.code === 'unavailable') throw error
    return { id, changed: false, refused: error.message }
  }
}

function retriedText(retried: readonly Retried[]): string {
  const lines = retried.flatMap(({ id, changed, refused }) => {
    if (refused !== null) return [`${id} refused: ${refused}`]
    return changed ? [] : [`${id} is under way already`]
  })
  const count = retried.filter(({ changed }) => changed).length
  return [...lines, `${count} due again; the alerter sends them now`].join('\n')
}

function tenantName(text: string): string {
  if (!isTenant(text)) throw new InvalidArgumentError('It is no tenant.')
  return text
}

function ulid(text: string): string {
  if (!isUlid(text)) throw new InvalidArgumentError('It must be a ULID: 26 characters.')
  return text
}

const ulids = (text: string, before: readonly string[] = []): string[] => [...before, ulid(text)]

function limit(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > MAX_LIMIT)
    throw new InvalidArgumentError(`It must be from 1 to ${MAX_LIMIT}.`)
  return value
}
