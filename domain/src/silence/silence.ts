// Aggregate `silence`: until when alerts of certain labels are told to nobody, and why. It ends by itself.

import { create } from '@bufbuild/protobuf'
import {
  SilenceCreatedSchema,
  SilenceEndedSchema,
  SilenceExtendedSchema,
  type Matcher,
} from '@secumon/contracts/gen/muting'
import type { Decider, DomainEvent } from '../decider.ts'
import { checkMatchers } from '../matching/matchers.ts'
import { Rejected } from '../rejected.ts'

export const MAX_REASON_LENGTH = 2_000
const DAY_MS = 24 * 3_600_000
/** A silence that lasts longer is a rule that should be changed. */
export const MAX_SILENCE_MS = 366 * DAY_MS
/** Every alert is held against all of a tenant's: one silence with fewer matchers mutes more. */
export const MAX_SILENCES = 1_000

export type Silence = {
  readonly matchers: readonly Matcher[]
  readonly reason: string
  readonly startsAtMs: number
  readonly expiresAtMs: number
  readonly ended: boolean
}

export type SilenceState = Silence | undefined

export type SilenceCommand =
  | {
      readonly kind: 'CreateSilence'
      readonly matchers: readonly Matcher[]
      readonly reason: string
      readonly startsAtMs: number
      readonly expiresAtMs: number
      readonly atMs: number
      /** Silences of the tenant that are not over, as far as is known. */
      readonly others: number
    }
  /** Also to an earlier end, as long as that has not passed. */
  | { readonly kind: 'ExtendSilence'; readonly expiresAtMs: number; readonly atMs: number }
  | { readonly kind: 'EndSilence'; readonly atMs: number }

export const silence: Decider<SilenceCommand, SilenceState> = {
  aggregate: 'silence',
  initial: undefined,
  decide(command, state) {
    switch (command.kind) {
      case 'CreateSilence':
        return createSilence(command, state)
      case 'ExtendSilence':
        return extend(command, state)
      case 'EndSilence':
        return end(command, state)
    }
  },
  evolve(state, event) {
    switch (event.case) {
      case 'silenceCreated': {
        const { matchers, reason, startsAtMs, expiresAtMs } = event.value
        const times = { startsAtMs: Number(startsAtMs), expiresAtMs: Number(expiresAtMs) }
        return { matchers, reason, ...times, ended: false }
      }
      case 'silenceExtended':
        return state && { ...state, expiresAtMs: Number(event.value.expiresAtMs) }
      case 'silenceEnded':
        return state && { ...state, ended: true }
      default:
        return state
    }
  },
}

/** True while it mutes what it matches. */
export const isSilent = (
  { startsAtMs, expiresAtMs, ended }: Pick<Silence, 'startsAtMs' | 'expiresAtMs' | 'ended'>,
  atMs: number,
): boolean => !ended && startsAtMs <= atMs && atMs < expiresAtMs

type CommandOf<K extends SilenceCommand['kind']> = Extract<SilenceCommand, { readonly kind: K }>

function createSilence(command: CommandOf<'CreateSilence'>, state: SilenceState): DomainEvent[] {
  if (state) throw new Rejected('already_exists', 'there is such a silence')
  const { matchers, startsAtMs, expiresAtMs, atMs } = command
  const reason = command.reason.trim()
  if (command.others >= MAX_SILENCES)
    throw new Rejected(
      'conflict',
      `a tenant has at most ${MAX_SILENCES} silences: end some, or mute more with one`,
    )
  if (matchers.length === 0)
    throw new Rejected('invalid', 'a silence needs a matcher: it would mute everything')
  checkMatchers(matchers)
  if (reason.length > MAX_REASON_LENGTH)
    throw new Rejected('invalid', `a reason has at most ${MAX_REASON_LENGTH} characters`)
  checkTimes({ startsAtMs, expiresAtMs, atMs })
  const value = create(SilenceCreatedSchema, {
    matchers: [...matchers],
    reason,
    startsAtMs: BigInt(startsAtMs),
    expiresAtMs: BigInt(expiresAtMs),
  })
  return [{ case: 'silenceCreated', value }]
}

function extend({ expiresAtMs, atMs }: CommandOf<'ExtendSilence'>, state: SilenceState): DomainEvent[] {
  const { startsAtMs, expiresAtMs: until } = running(state, atMs)
  if (expiresAtMs === until) return []
  checkTimes({ startsAtMs, expiresAtMs, atMs })
  return [
    {
      case: 'silenceExtended',
      value: create(SilenceExtendedSchema, { expiresAtMs: BigInt(expiresAtMs) }),
    },
  ]
}

function end({ atMs }: CommandOf<'EndSilence'>, state: SilenceState): DomainEvent[] {
  if (!state) throw new Rejected('not_found', 'no such silence')
  if (state.ended || state.expiresAtMs <= atMs) return []
  return [{ case: 'silenceEnded', value: create(SilenceEndedSchema) }]
}

function running(state: SilenceState, atMs: number): Silence {
  if (!state) throw new Rejected('not_found', 'no such silence')
  if (state.ended || state.expiresAtMs <= atMs)
    throw new Rejected('conflict', 'the silence is over: make a new one')
  return state
}

type Times = { readonly startsAtMs: number; readonly expiresAtMs: number; readonly atMs: number }

function checkTimes({ startsAtMs, expiresAtMs, atMs }: Times): void {
  if (!Number.isSafeInteger(startsAtMs) || !Number.isSafeInteger(expiresAtMs) || startsAtMs < 0)
    throw new Rejected('invalid', 'a silence begins and ends at times in milliseconds')
  if (expiresAtMs <= startsAtMs) throw new Rejected('invalid', 'a silence ends after it begins')
  if (expiresAtMs <= atMs) throw new Rejected('invalid', 'the silence would have ended already')
  if (expiresAtMs - Math.max(startsAtMs, atMs) > MAX_SILENCE_MS)
    throw new Rejected('invalid', 'a silence lasts at most a year: change the rule instead')
}
