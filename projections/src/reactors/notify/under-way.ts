// Decisions on their way into the log and back: none is made twice meanwhile, and no group has two incidents opened for it.
// Who comes to the group before the first is read back joins it then.

import { groupKey } from '@secumon/domain/notification/group'
import type { NotifyDecision } from '@secumon/domain/notification/decide'

type Entry = { readonly group: string | undefined; againMs: number }

export class UnderWay {
  /** By command id. */
  readonly #entries = new Map<string, Entry>()
  readonly #groups = new Set<string>()

  /** False when the decision, or another one that opens an incident for the same group, is under way already. */
  begin(commandId: string, decision: NotifyDecision): boolean {
    const group = openedGroup(decision)
    if (this.#entries.has(commandId) || (group !== undefined && this.#groups.has(group))) return false
    this.#entries.set(commandId, { group, againMs: Infinity })
    if (group !== undefined) this.#groups.add(group)
    return true
  }

  /** It was read back. */
  end(commandId: string): void {
    const entry = this.#entries.get(commandId)
    if (!entry) return
    this.#entries.delete(commandId)
    if (entry.group !== undefined) this.#groups.delete(entry.group)
  }

  /** Nothing came of it, so nothing will be read back: it may be made again from then on. Times are monotonic. */
  failed(commandId: string, againMs: number): void {
    const entry = this.#entries.get(commandId)
    if (entry) entry.againMs = againMs
  }

  /** Drops what may be made again. */
  forget(nowMs: number): void {
    for (const [commandId, { againMs }] of this.#entries) if (againMs <= nowMs) this.end(commandId)
  }

  /** When something may be made again; Infinity for never. */
  get nextMs(): number {
    let nextMs = Infinity
    for (const { againMs } of this.#entries.values()) nextMs = Math.min(nextMs, againMs)
    return nextMs
  }
}

function openedGroup({ tenant, command }: NotifyDecision): string | undefined {
  const [first] = command.kind === 'Advance' ? command.events : []
  return first?.case === 'incidentOpened' ? `${tenant} ${groupKey(first.value)}` : undefined
}
