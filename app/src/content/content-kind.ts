// What a kind of content is to `secumon apply` and `export`: its words in a file, its aggregate, and the commands that make
// the one from the other. A kind is one file and one line in content-kinds.ts.

import type { Decider, DomainEvent } from '@secumon/domain/decider'
import type { RetentionDays } from '@secumon/domain/retention/retention'
import type { z } from 'zod'
import { differences } from './differences.ts'
import { inWords, type DurationPath } from './durations.ts'
import { readItem } from './read-item.ts'

/** Things refer to each other by name in a file, and by id in the log. */
export type Names = {
  /** An id stands for itself. @throws ContentFault where there is no such thing, or more than one */
  idOf(kind: string, said: string): string
  /** The id itself where there is no name, or no other than another has, too. */
  nameOf(kind: string, id: string): string
  /** How many there are of a kind. */
  count(kind: string): number
}

export type Context = {
  readonly tenant: string
  readonly names: Names
  readonly nowMs: number
  /** What the platform keeps, in days. */
  readonly kept: RetentionDays
}

export type KindOptions<Text extends object, Command, State> = {
  /** Of its list in the file. */
  readonly key: string
  readonly decider: Decider<Command, State>
  readonly schema: z.ZodType<Text>
  /** Where the file says durations, and the schema milliseconds. Absent: nowhere. */
  readonly durations?: readonly DurationPath[]
  /** A tenant has one, under this id. Absent: as many as it wants. */
  readonly onlyId?: string
  /** Absent: by its `name`. */
  readonly nameOf?: (item: unknown) => string | undefined
  /** As the file would say it; undefined: it is gone. */
  readonly textOf: (state: State, names: Names, nowMs: number) => Text | undefined
  readonly create: (text: Text, context: Context) => readonly Command[]
  readonly change: (text: Text, state: State, context: Context) => readonly Command[]
}

/** Carries out commands on one aggregate, in order. */
export type Execute = <Command, State>(
  decider: Decider<Command, State>,
  id: string,
  commands: readonly Command[],
) => Promise<void>

export type Outcome = 'created' | 'changed' | 'unchanged'

export type Plan = {
  readonly outcome: Outcome
  readonly differences: readonly string[]
  /** @throws Rejected; nothing of the item is changed then but what came before in it */
  readonly carryOut: (execute: Execute) => Promise<void>
}

/** One that exists: its id, its events in order. */
export type Existing = { readonly id: string; readonly events: readonly DomainEvent[] }

/** Keeps what does not go into the log. */
export type Keeper = {
  /** What `${NAME}` stands for in a secret of a file. */
  variable(name: string): string | undefined
  get(id: string, version: number): Promise<Readonly<Record<string, string>> | undefined>
  /** Returns the version they are kept under. @param before the version there is; 0 for none */
  put(id: string, secrets: Readonly<Record<string, string>>, before: number): Promise<number>
}

export type ContentKind = {
  readonly key: string
  readonly aggregate: string
  readonly schema: z.ZodType
  readonly durations: readonly DurationPath[]
  /** Of the one that a tenant has; its item says no id. Absent: there may be many. */
  readonly onlyId?: string
  /** What an item is called when people are told of it, and found again by where it has no id; undefined: it says none. */
  nameOf(item: unknown): string | undefined
  /** Puts what is not for the log where it belongs; the item without it. @throws ContentFault, Rejected */
  prepare?(
    item: unknown,
    at: { readonly id: string; readonly existing: Existing | undefined },
    keeper: Keeper,
  ): Promise<unknown>
  /** As the file would say it; undefined: it is gone. */
  write(existing: Existing, how: Pick<Context, 'names' | 'nowMs'>): unknown
  /** @throws ContentFault, Rejected */
  plan(item: unknown, existing: Existing | undefined, context: Context & { readonly id: string }): Plan
}

/** The name that an item says it has. */
export const ownName = (item: unknown): string | undefined =>
  typeof item === 'object' && item !== null && 'name' in item && typeof item.name === 'string'
    ? item.name.trim() || undefined
    : undefined

export function contentKind<Text extends object, Command, State>(
  options: KindOptions<Text, Command, State>,
): ContentKind {
  const { key, decider, schema, textOf, nameOf = ownName, durations = [], onlyId } = options
  const stateOf = ({ events }: Existing): State => events.reduce(decider.evolve, decider.initial)
  const writtenOf = (state: State, { names, nowMs }: Pick<Context, 'names' | 'nowMs'>): unknown => {
    const text = textOf(state, names, nowMs)
    return text && inWords(text, durations)
  }
  return {
    key,
    aggregate: decider.aggregate,
    schema,
    durations,
    ...(onlyId !== undefined && { onlyId }),
    nameOf,
    write: (existing, how) => writtenOf(stateOf(existing), how),
    plan(item, existing, context) {
      const text = readItem({ schema, durations }, item)
      const state = existing ? stateOf(existing) : decider.initial
      const before = existing && writtenOf(state, context)
      const commands = before ? options.change(text, state, context) : options.create(text, context)
      // Told now what would be refused later.
      const { changed, after } = decided(decider, state, commands)
      const outcome = !changed ? 'unchanged' : before ? 'changed' : 'created'
      return {
        outcome,
        // What the domain made of it, not what the file left out.
        differences: before && changed ? differences(before, writtenOf(after, context)) : [],
        carryOut: (execute) => execute(decider, context.id, commands),
      }
    },
  }
}

function decided<Command, State>(
  { decide, evolve }: Decider<Command, State>,
  from: State,
  commands: readonly Command[],
): { readonly changed: boolean; readonly after: State } {
  let after = from
  let changed = false
  for (const command of commands) {
    const events = decide(command, after)
    after = events.reduce(evolve, after)
    changed ||= events.length > 0
  }
  return { changed, after }
}
