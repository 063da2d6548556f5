// The names of what exists, and of what a file is about to make. Things refer to each other by name in a file and by id in
// the log; where a name is not enough, by id in both.

import { isUlid } from '@secumon/contracts/ids'
import { ContentFault } from './content-fault.ts'
import type { Names } from './content-kind.ts'

type Entry = { readonly name: string; readonly isOfFile: boolean }

export class NameBook implements Names {
  readonly #kinds = new Map<string, Map<string, Entry>>()

  /** A new name replaces the one it had. */
  add(kind: string, id: string, entry: Entry): void {
    const entries = this.#kinds.get(kind) ?? new Map<string, Entry>()
    this.#kinds.set(kind, entries.set(id, entry))
  }

  /** Names of one kind, by id. */
  all(kind: string): ReadonlyMap<string, string> {
    return new Map([...(this.#kinds.get(kind) ?? [])].map(([id, { name }]) => [id, name]))
  }

  count(kind: string): number {
    return this.#kinds.get(kind)?.size ?? 0
  }

  idOf(kind: string, said: string): string {
    if (isUlid(said)) return said
    const [id, ...others] = this.#named(kind, said.trim())
    const what = `of ${kind} with the name ${JSON.stringify(said)}`
    if (id === undefined) throw new ContentFault(`there is none ${what}`)
    if (others.length > 0)
      throw new ContentFault(`there are ${others.length + 1} ${what}: say which by its id`)
    return id
  }

  nameOf(kind: string, id: string): string {
    const name = this.#kinds.get(kind)?.get(id)?.name
    return name !== undefined && !isUlid(name) && this.#named(kind, name).length === 1 ? name : id
  }

  // What stands in the same file is meant first.
  #named(kind: string, name: string): string[] {
    const found = [...(this.#kinds.get(kind) ?? [])].filter(([, entry]) => entry.name === name)
    const ofFile = found.filter(([, entry]) => entry.isOfFile)
    return (ofFile.length > 0 ? ofFile : found).map(([id]) => id)
  }
}
