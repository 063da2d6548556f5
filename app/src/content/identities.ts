// Which of the things there are the items of a file mean: by id where they say one, else by name where that is unique.
// Pure.

import { isUlid } from '@secumon/contracts/ids'
import { derivedUlid } from '@secumon/projections/reactors/command-id'
import { ContentFault } from './content-fault.ts'

/** What an item says of itself; undefined: nothing. */
export type Label = { readonly id: unknown; readonly name: string | undefined }

export type Held = {
  /** The list that the items are in. */
  readonly kind: string
  /** Of what there is, by id. */
  readonly names: ReadonlyMap<string, string>
  /** True for what was there and is gone: nothing can be made under its id. */
  readonly isGone: (id: string) => boolean
  readonly newId: () => string
}

/** The id of each item, in order, of what there is or is to be made; or why it cannot be said. */
export function identities(labels: readonly Label[], held: Held): (string | ContentFault)[] {
  const said = labels.map((_, index) => orFault(() => saidId(labels, index, held)))
  const free = [...held.names].filter(([id]) => !said.includes(id))
  const isThere = (id: string | ContentFault | undefined): id is string =>
    typeof id === 'string' && held.names.has(id)
  const rivals = indicesOf(said, (id) => !isThere(id))
  return said.map((id, index) => {
    if (id instanceof ContentFault || isThere(id)) return id
    return orFault(() => namedId(labels, { index, rivals, kind: held.kind, free }) ?? id ?? held.newId())
  })
}

/** The same where a tenant has one of the kind: the first item is it, and there may be no other. */
export const onlyIdentity = (
  labels: readonly Pick<Label, 'id'>[],
  only: { readonly kind: string; readonly id: string },
): (string | ContentFault)[] =>
  labels.map((label, index) => {
    if (index > 0) return new ContentFault(`a tenant has one: ${only.kind}[0] says it`)
    if (label.id !== undefined)
      return new ContentFault([{ path: ['id'], reason: 'a tenant has one: leave its id out' }])
    return only.id
  })

function saidId(labels: readonly Label[], index: number, held: Held): string | undefined {
  const id = labels[index]?.id
  if (id === undefined) return undefined
  if (typeof id !== 'string' || !isUlid(id))
    throw new ContentFault([{ path: ['id'], reason: 'an id is 26 characters, as exported' }])
  const [twin] = indicesOf(labels, (each) => each.id === id).filter((each) => each !== index)
  if (twin !== undefined)
    throw new ContentFault([{ path: ['id'], reason: `${held.kind}[${twin}] has the same` }])
  return heldId(id, held)
}

/** Itself; of what is gone, what was made of it anew, the same each time. */
function heldId(id: string, held: Held): string {
  if (held.names.has(id) || !held.isGone(id)) return id
  const timeLength = 10
  return heldId(id.slice(0, timeLength) + derivedUlid(0, 'again', id).slice(timeLength), held)
}

type Unsettled = {
  readonly index: number
  /** Items that do not mean something by its id. */
  readonly rivals: readonly number[]
  readonly kind: string
  /** What no item means by its id. */
  readonly free: readonly (readonly [id: string, name: string])[]
}

function namedId(labels: readonly Label[], { index, rivals, kind, free }: Unsettled): string | undefined {
  const label = labels[index]
  if (label?.name === undefined) return undefined
  const twins = rivals.filter((each) => each !== index && labels[each]?.name === label.name)
  const [twin] = twins
  if (twin !== undefined) {
    if ([index, ...twins].every((each) => labels[each]?.id !== undefined)) return undefined
    throw new ContentFault(`${kind}[${twin}] has the same name: give each its id`)
  }
  const ids = free.flatMap(([id, name]) => (name === label.name ? [id] : []))
  if (ids.length > 1)
    throw new ContentFault(`there are ${ids.length} of this name: say which by its id, ${ids.join(' or ')}`)
  return ids[0]
}

const indicesOf = <T>(list: readonly T[], wanted: (each: T) => boolean): number[] =>
  list.flatMap((each, index) => (wanted(each) ? [index] : []))

function orFault<T>(find: () => T): T | ContentFault {
  try {
    return find()
  } catch (error) {
    if (error instanceof ContentFault) return error
    throw error
  }
}
