// The content of a script's header, made in its world by the same reader as `secumon apply`.

import { create } from '@bufbuild/protobuf'
import { ChannelSpecSchema } from '@secumon/contracts/gen/escalation'
import { DEFAULT_TENANT, isTenant } from '@secumon/contracts/subjects'
import { channel } from '@secumon/domain/channel/channel'
import { Rejected } from '@secumon/domain/rejected'
import { defaultRules } from '@secumon/domain/rule/default-rules'
import { rule } from '@secumon/domain/rule/rule'
import type { ContentDesk } from '@secumon/domain/timeline/apply-input'
import { TimelineFault, type Place } from '@secumon/domain/timeline/fault'
import type { ContentChange, Setting } from '@secumon/domain/timeline/input'
import type { World } from '@secumon/domain/timeline/world'
import { DEFAULT_KEPT_DAYS } from '@secumon/projections/storage/kept-days'
import { parse } from 'yaml'
import { applyContent, exportContent, type Applied } from '../content/apply-content.ts'
import { contentOf, type ContentFile } from '../content/content-file.ts'
import { CONTENT_KINDS } from '../content/content-kinds.ts'
import type { Execute, Keeper } from '../content/content-kind.ts'
import type { ExistingContent } from '../content/existing-content.ts'
import type { ContentLists, Script, TenantContent } from './script.ts'

/** Channels of a script have no secrets. */
const NO_SECRETS: Keeper = {
  variable: () => undefined,
  get: () => Promise.resolve(undefined),
  put: () => Promise.resolve(0),
}
const LISTS: Readonly<Record<ContentChange['of'], string>> = {
  rule: 'rules',
  policy: 'policies',
  schedule: 'schedules',
  maintenance: 'maintenances',
}

/** Makes hosts and content of every tenant. @throws TimelineFault */
export async function makeContent({ header, placeOf }: Script, world: World): Promise<void> {
  const tenants = [
    { tenant: DEFAULT_TENANT, content: header, path: [] },
    ...Object.entries(header.tenants).map(([tenant, content]) => ({
      tenant,
      content,
      path: ['tenants', tenant],
    })),
  ]
  for (const { tenant, content, path } of tenants) {
    if (!isTenant(tenant)) throw new TimelineFault(`not a tenant: ${tenant}`, placeOf(path))
    makeHosts(tenant, { content, periodMs: header.period }, world)
    makeChannels(tenant, content, world)
    if (content.default_rules) makeDefaultRules(tenant, world)
    const applied = await applyLists(tenant, content, world)
    const refused = applied.find(({ outcome }) => outcome === 'refused')
    if (!refused) continue
    throw new TimelineFault(refusalOf(refused), placeOf([...path, ...(refused.faults[0]?.path ?? [])]))
  }
}

/** What lines of the script do to content. */
export const contentDesk = ({ header }: Script, world: World): ContentDesk => ({
  apply: async ({ text: name, ...place }) => {
    const lists = Object.hasOwn(header.changes, name) ? header.changes[name] : undefined
    if (!lists) throw new TimelineFault(`the header has no changes named ${name}`, place)
    rejectRefused(await applyLists(DEFAULT_TENANT, lists, world))
  },
  change: async (change) => {
    const { of, name, tenant, settings } = change
    const key = LISTS[of]
    const items = exportContent({ existing: existingIn(world, tenant), nowMs: world.stampMs }).get(key) ?? []
    const item = items.find((each) => isNamed(each, name.text))
    if (!item) throw new TimelineFault(`there is no ${of} ${name.text}`, name)
    const changed = settings.reduce<unknown>((before, setting) => set(before, setting, name), item)
    rejectRefused(await apply(tenant, contentOf({ [key]: [changed] }), world))
  },
})

type Hosts = { readonly content: TenantContent; readonly periodMs: number }

function makeHosts(tenant: string, { content, periodMs }: Hosts, world: World): void {
  for (const { name, tags, period } of content.agents)
    world.addHost({ tenant, name, tags, periodMs: period ?? periodMs })
}

function makeChannels(tenant: string, { channels }: TenantContent, world: World): void {
  for (const { id, name, kind, rate_per_minute: ratePerMinute } of channels) {
    const spec = create(ChannelSpecSchema, { name, kind, ratePerMinute })
    world.aggregates.execute({
      ref: { tenant, id: id ?? world.newId('channel', tenant, name) },
      decider: channel,
      command: { kind: 'CreateChannel', spec, secretVersion: 0, kinds: [kind] },
      atMs: world.stampMs,
    })
  }
}

function makeDefaultRules(tenant: string, world: World): void {
  for (const { aggregate, command } of defaultRules(tenant))
    world.aggregates.execute({ ref: aggregate, decider: rule, command, atMs: world.stampMs })
}

function applyLists(tenant: string, lists: ContentLists, world: World): Promise<Applied[]> {
  const { rules, policies, schedules, maintenances } = lists
  const said = Object.entries({ rules, policies, schedules, maintenances }).filter(([, items]) => items)
  return apply(tenant, contentOf(Object.fromEntries(said)), world)
}

async function apply(tenant: string, file: ContentFile, world: World): Promise<Applied[]> {
  const nowMs = world.stampMs
  let made = 0
  const execute: Execute = (decider, id, commands) => {
    for (const command of commands)
      world.aggregates.execute({ ref: { tenant, id }, decider, command, atMs: nowMs })
    return Promise.resolve()
  }
  const applying = applyContent(withAgents(file, world), {
    tenant,
    existing: existingIn(world, tenant),
    newId: () => world.newId('content', tenant, String(made++)),
    nowMs,
    kept: DEFAULT_KEPT_DAYS,
    execute,
    keeper: NO_SECRETS,
  })
  const applied: Applied[] = []
  for await (const one of applying) applied.push(one)
  return applied
}

const existingIn = ({ aggregates }: World, tenant: string): ExistingContent =>
  new Map(
    CONTENT_KINDS.map(({ key, aggregate }) => [
      key,
      aggregates.all(aggregate, tenant).map(({ ref, events }) => ({ id: ref.id, events })),
    ]),
  )

// A file names an agent by its id, which a script does not have: it may say its name.
function withAgents(file: ContentFile, { hosts }: World): ContentFile {
  const idOf = (value: unknown): unknown =>
    typeof value === 'string' ? (hosts.get(value)?.id ?? value) : value
  const withAgent = (item: unknown): unknown =>
    isObject(item) && isObject(item['scope']) && 'agent' in item['scope']
      ? { ...item, scope: { ...item['scope'], agent: idOf(item['scope']['agent']) } }
      : item
  return new Map([...file].map(([key, items]) => [key, items.map(withAgent)]))
}

function rejectRefused(applied: readonly Applied[]): void {
  const refused = applied.find(({ outcome }) => outcome === 'refused')
  if (refused) throw new Rejected('invalid', refusalOf(refused))
}

const refusalOf = ({ name, reason }: Applied): string => `${name}: ${reason}`

// `condition.threshold=95`; a part that is a number counts in a list.
function set(item: unknown, { path, text }: Setting, place: Place): unknown {
  const [key = '', ...rest] = path.split('.')
  const valueOf = (before: unknown): unknown =>
    rest.length > 0 ? set(before, { path: rest.join('.'), text }, place) : (parse(text) as unknown)
  if (isObject(item)) return { ...item, [key]: valueOf(item[key]) }
  if (Array.isArray(item) && item[Number(key)] !== undefined)
    return item.with(Number(key), valueOf(item[Number(key)]))
  throw new TimelineFault(`it has no ${path} that could be changed`, place)
}

const isNamed = (item: unknown, name: string): boolean => isObject(item) && item['name'] === name

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
