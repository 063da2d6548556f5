// Silences: which alerts are told to nobody, until when, who wanted it.

import { toJson, type JsonValue } from '@bufbuild/protobuf'
import { MatcherSchema } from '@secumon/contracts/gen/muting'
import type { StoredActor } from './said.ts'
import { folded } from './table.ts'

export type SilenceColumns = {
  readonly matchers: readonly JsonValue[]
  readonly reason: string
  readonly starts_at: number
  readonly expires_at: number
  readonly ended_at: number | null
  readonly ended_by: StoredActor | null
  readonly created_at: number
  readonly created_by: StoredActor | null
}

export const silences = folded<SilenceColumns>({
  table: 'silences',
  aggregate: 'silence',
  fold(row, { event, atMs, actor }) {
    switch (event.case) {
      case 'silenceCreated': {
        const { matchers, reason, startsAtMs, expiresAtMs } = event.value
        return {
          matchers: matchers.map((matcher) => toJson(MatcherSchema, matcher)),
          reason,
          starts_at: Number(startsAtMs),
          expires_at: Number(expiresAtMs),
          ended_at: null,
          ended_by: null,
          created_at: atMs,
          created_by: actor,
        }
      }
      case 'silenceExtended':
        return row && { ...row, expires_at: Number(event.value.expiresAtMs) }
      case 'silenceEnded':
        return row && { ...row, ended_at: atMs, ended_by: actor }
      default:
        return row
    }
  },
})
