// Brings a tenant's content to what a file says: by name, each item whole or not at all, and the same file a second time
// changes nothing. What the file does not name stays as it is.

import { Rejected } from '@secumon/domain/rejected'
import { CONTENT_KINDS } from './content-kinds.ts'
import {
  ContentFault,
  type ContentKind,
  type Execute,
  type Existing,
  type Keeper,
  type Outcome,
  type Plan,
} from './content-kind.ts'
import type { ContentFile } from './content-file.ts'
import { NameBook, type ExistingContent } from './existing-content.ts'

export type ApplyOptions = {
  readonly tenant: string
  readonly existing: ExistingContent
  readonly newId: () => string
  readonly nowMs: number
  /** Absent: nothing is changed, only said. */
  readonly execute?: Execute
  /** Of secrets; where nothing is to be changed, one that keeps nothing. */
  readonly keeper: Keeper
}

export type Applied = {
  readonly kind: string
  readonly name: string
  readonly outcome: Outcome | 'refused'
  readonly differences: readonly string[]
  /** Why it was refused. */
  readonly reason?: string
}

/** In the order of the kinds, then of the file. A refused item stops no other. @throws what is not the item's fault */
export async function applyContent(file: ContentFile, options: ApplyOptions): Promise<Applied[]> {
  const names = namesOf(options)
  const applied: Applied[] = []
  for (const kind of CONTENT_KINDS)
    for (const item of file.get(kind.key) ?? []) applied.push(await applyItem({ kind, item, names }, options))
  return applied
}

type One = { readonly kind: ContentKind; readonly item: unknown; readonly names: NameBook }

async function applyItem(one: One, options: ApplyOptions): Promise<Applied> {
  const { kind } = one
  const name = kind.nameOf(one.item)
  try {
    const plan = await planned(one, options)
    if (options.execute) await plan.carryOut(options.execute)
    return { kind: kind.key, name, outcome: plan.outcome, differences: plan.differences }
  } catch (error) {
    if (!(error instanceof Rejected) && !(error instanceof ContentFault)) throw error
    if (error instanceof Rejected && error.code === 'unavailable') throw error
    return { kind: kind.key, name, outcome: 'refused', differences: [], reason: error.message }
  }
}

async function planned({ kind, item, names }: One, options: ApplyOptions): Promise<Plan> {
  const { tenant, nowMs, keeper } = options
  const name = kind.nameOf(item)
  const known = knownAs(name, { kind, names }, options)
  const id = known?.id ?? options.newId()
  const prepared = kind.prepare ? await kind.prepare(item, { id, existing: known }, keeper) : item
  const plan = kind.plan(prepared, known, { tenant, nowMs, names, id })
  if (plan.outcome === 'created') names.add(kind.key, name, id)
  return plan
}

function knownAs(
  name: string,
  { kind, names }: Omit<One, 'item'>,
  { existing }: ApplyOptions,
): Existing | undefined {
  const id = names.find(kind.key, name)
  const known = existing.get(kind.key)?.find((each) => each.id === id)
  if (id !== undefined && !known) throw new ContentFault('the file names it twice')
  return known
}

type Held = Pick<ApplyOptions, 'existing' | 'nowMs'>

function namesOf({ existing, nowMs }: Held): NameBook {
  const names = new NameBook()
  for (const kind of CONTENT_KINDS)
    for (const each of existing.get(kind.key) ?? []) {
      const item = kind.write(each, { names, nowMs })
      if (item) names.add(kind.key, kind.nameOf(item), each.id)
    }
  return names
}

/** Everything that is there, as a file. */
export function exportContent(held: Held): ContentFile {
  const { existing, nowMs } = held
  const names = namesOf(held)
  const file = new Map<string, readonly unknown[]>()
  for (const kind of CONTENT_KINDS) {
    const items = (existing.get(kind.key) ?? []).flatMap((each) =>
      exported(kind.write(each, { names, nowMs })),
    )
    if (items.length > 0) file.set(kind.key, items)
  }
  return file
}

// Which secrets are meant says nothing elsewhere.
function exported(item: object | undefined): object[] {
  if (!item) return []
  return [Object.fromEntries(Object.entries(item).filter(([key]) => key !== 'secret_version'))]
}
