// Brings a tenant's content to what a file says: each item whole or not at all, and the same file a second time changes
// nothing. What the file does not name stays as it is.

import { Rejected } from '@secumon/domain/rejected'
import type { RetentionDays } from '@secumon/domain/retention/retention'
import { below, ContentFault, faultText, pathText, type Fault, type Path } from './content-fault.ts'
import type { ContentFile } from './content-file.ts'
import { CONTENT_KINDS } from './content-kinds.ts'
import type { ContentKind, Execute, Keeper, Outcome, Plan } from './content-kind.ts'
import type { ExistingContent } from './existing-content.ts'
import { identities, onlyIdentity } from './identities.ts'
import { NameBook } from './name-book.ts'

export type ApplyOptions = {
  readonly tenant: string
  readonly existing: ExistingContent
  readonly newId: () => string
  readonly nowMs: number
  /** What the platform keeps, in days. */
  readonly kept: RetentionDays
  /** Absent: nothing is changed, only said. */
  readonly execute?: Execute
  /** Of secrets; where nothing is to be changed, one that keeps nothing. */
  readonly keeper: Keeper
}

export type Applied = {
  readonly kind: string
  /** Of what has none, where it stands: `rules[2]`. */
  readonly name: string
  readonly outcome: Outcome | 'refused'
  readonly differences: readonly string[]
  /** Why it was refused. */
  readonly reason?: string
  /** The same, part by part, with the places in the file. */
  readonly faults: readonly Fault[]
}

/**
 * In the order of the kinds, then of the file; each as soon as it is done. A refused item stops no other.
 * @throws what is not the item's fault
 */
export async function* applyContent(file: ContentFile, options: ApplyOptions): AsyncGenerator<Applied> {
  const names = namesOf(options)
  for (const kind of CONTENT_KINDS) {
    const items = file.get(kind.key) ?? []
    const ids = idsOf(kind, items, { names, options })
    for (const [index, item] of items.entries()) {
      const one = { kind, item: withoutId(item), id: ids[index] ?? options.newId(), names }
      yield applyItem(one, [kind.key, index], options)
    }
  }
}

type Known = { readonly names: NameBook; readonly options: ApplyOptions }

function idsOf(kind: ContentKind, items: readonly unknown[], { names, options }: Known) {
  const { existing, newId } = options
  const held = new Set(existing.get(kind.key)?.map(({ id }) => id))
  const labels = items.map((item) => ({ id: idSaid(item), name: kind.nameOf(withoutId(item)) }))
  if (kind.onlyId !== undefined) return onlyIdentity(labels, { kind: kind.key, id: kind.onlyId })
  const isGone = (id: string): boolean => held.has(id)
  return identities(labels, { kind: kind.key, names: names.all(kind.key), isGone, newId })
}

type One = {
  readonly kind: ContentKind
  readonly item: unknown
  readonly id: string | ContentFault
  readonly names: NameBook
}

async function applyItem(one: One, path: Path, options: ApplyOptions): Promise<Applied> {
  const { kind, item } = one
  const said = { kind: kind.key, name: kind.nameOf(item) ?? pathText(path) }
  try {
    const plan = await planned(one, options)
    if (options.execute) await plan.carryOut(options.execute)
    return { ...said, outcome: plan.outcome, differences: plan.differences, faults: [] }
  } catch (error) {
    const faults = faultsOf(error)
    const reason = faults.map(faultText).join('; ')
    return { ...said, outcome: 'refused', differences: [], reason, faults: below(path, faults) }
  }
}

function faultsOf(error: unknown): readonly Fault[] {
  if (error instanceof ContentFault) return error.faults
  if (error instanceof Rejected && error.code !== 'unavailable') return [{ path: [], reason: error.message }]
  throw error
}

async function planned({ kind, item, id, names }: One, options: ApplyOptions): Promise<Plan> {
  if (id instanceof ContentFault) throw id
  const { tenant, nowMs, kept, keeper } = options
  const existing = options.existing.get(kind.key)?.find((each) => each.id === id)
  const prepared = kind.prepare ? await kind.prepare(item, { id, existing }, keeper) : item
  const plan = kind.plan(prepared, existing, { tenant, nowMs, kept, names, id })
  const name = kind.nameOf(item)
  if (name !== undefined) names.add(kind.key, id, { name, isOfFile: true })
  return plan
}

const idSaid = (item: unknown): unknown => (isObject(item) ? item['id'] : undefined)

function withoutId(item: unknown): unknown {
  if (!isObject(item)) return item
  const { id: _, ...rest } = item
  return rest
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

type HeldContent = Pick<ApplyOptions, 'existing' | 'nowMs'>

function namesOf(held: HeldContent): NameBook {
  const names = new NameBook()
  for (const { kind, id, item } of written(held, names)) {
    const name = kind.nameOf(item)
    if (name !== undefined) names.add(kind.key, id, { name, isOfFile: false })
  }
  return names
}

/** Everything that is there, as a file. */
export function exportContent(held: HeldContent): ContentFile {
  const file = new Map<string, unknown[]>()
  for (const { kind, id, item } of written(held, namesOf(held))) {
    // Which secrets are meant says nothing elsewhere.
    const { secret_version: _, ...said } = item
    const items = file.get(kind.key) ?? []
    items.push(kind.onlyId === undefined ? { id, ...said } : said)
    file.set(kind.key, items)
  }
  return file
}

type Written = {
  readonly kind: ContentKind
  readonly id: string
  readonly item: Readonly<Record<string, unknown>>
}

function* written({ existing, nowMs }: HeldContent, names: NameBook): Generator<Written> {
  for (const kind of CONTENT_KINDS)
    for (const each of existing.get(kind.key) ?? []) {
      const item = kind.write(each, { names, nowMs })
      if (isObject(item)) yield { kind, id: each.id, item }
    }
}
