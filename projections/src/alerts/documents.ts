// Things that people write whole (rules, policies, schedules, channels, maintenances): created, changed, deleted. The
// newest text of each lies in its row as protobuf JSON.

import { toJson, type DescMessage, type JsonValue, type MessageShape } from '@bufbuild/protobuf'
import type { Said, StoredActor } from './said.ts'

/** Columns of every such row. */
export type Document = {
  readonly spec: JsonValue
  readonly name: string
  readonly deleted: boolean
  readonly created_at: number
  readonly created_by: StoredActor | null
  readonly changed_at: number
  readonly changed_by: StoredActor | null
}

type Named = { readonly name: string }

export type Written = { readonly spec: JsonValue; readonly name: string }

/** The columns of a text. */
export const written = <Desc extends DescMessage>(
  schema: Desc,
  spec: (MessageShape<Desc> & Named) | undefined,
): Written | undefined => spec && { spec: toJson(schema, spec), name: spec.name }

/** A new document. */
export const created = ({ atMs, actor }: Said, text: Written): Document => ({
  ...text,
  deleted: false,
  created_at: atMs,
  created_by: actor,
  changed_at: atMs,
  changed_by: actor,
})

/** The columns that a change of any kind sets. */
export const changed = ({ atMs, actor }: Said) => ({ changed_at: atMs, changed_by: actor })
