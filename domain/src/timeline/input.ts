// What a script lets happen: everything that comes to the alerting from outside.

import type { Matcher } from '@secumon/contracts/gen/muting'
import type { Metric } from '@secumon/contracts/metrics'
import type { Word } from './words.ts'

/** In the metric's unit, of a delta per second; and how much it changes with time. */
export type Level = { readonly value: number; readonly perMs: number }

/** `level` is undefined from where it is not measured any more. */
export type Measurement = {
  readonly metric: Metric
  readonly dimension: string
  readonly level: Level | undefined
}

/** Measured so long before it is received; a span holds a sample for each period. */
export type Ago = { readonly fromMs: number; readonly untilMs: number }

export type ChannelBehaviour =
  | { readonly does: 'works' }
  | { readonly does: 'fails' | 'refuses'; readonly reason: string }
  /** It asks to be left alone for so long. */
  | { readonly does: 'busy'; readonly forMs: number }

/** Words that choose one alert: host, dimension; and its rule by name. Nothing: there is only one. */
export type AlertChoice = { readonly words: readonly Word[]; readonly rule: string | undefined }

export const CHANGEABLE = ['rule', 'policy', 'schedule', 'maintenance'] as const
export const DELETABLE = [...CHANGEABLE, 'channel'] as const

/** `path` as in `condition.threshold`. */
export type Setting = { readonly path: string; readonly text: string }

/** Of content that the header has made. */
export type ContentChange = {
  readonly of: (typeof CHANGEABLE)[number]
  readonly name: Word
  readonly tenant: string
  readonly settings: readonly Setting[]
}

export type Input =
  | {
      readonly kind: 'measure'
      /** Undefined: there is only one. */
      readonly host: Word | undefined
      readonly measurements: readonly Measurement[]
      readonly ago: Ago | undefined
    }
  | { readonly kind: 'link'; readonly host: Word; readonly is: 'online' | 'cut' | 'offline' }
  | { readonly kind: 'gateway'; readonly isUp: boolean }
  | { readonly kind: 'alerter'; readonly does: 'up' | 'down' | 'restart' }
  | { readonly kind: 'clock'; readonly offsetMs: number }
  | { readonly kind: 'platform'; readonly readings: ReadonlyMap<string, number> }
  | { readonly kind: 'channel'; readonly channel: Word; readonly behaviour: ChannelBehaviour }
  | { readonly kind: 'retry'; readonly channel: Word }
  | {
      readonly kind: 'ack'
      readonly alert: AlertChoice
      readonly note: string
      /** Absent: until it is resolved. */
      readonly forMs: number | undefined
      readonly sticky: boolean
    }
  | { readonly kind: 'unack'; readonly alert: AlertChoice }
  | { readonly kind: 'note'; readonly alert: AlertChoice; readonly note: string }
  | {
      readonly kind: 'silence'
      readonly matchers: readonly Matcher[]
      readonly inMs: number
      readonly forMs: number
      readonly reason: string
      readonly tenant: string
    }
  | {
      readonly kind: 'extend'
      readonly matchers: readonly Matcher[]
      readonly forMs: number
      readonly tenant: string
    }
  | { readonly kind: 'unsilence'; readonly matchers: readonly Matcher[]; readonly tenant: string }
  | { readonly kind: 'override'; readonly schedule: Word; readonly member: Word; readonly forMs: number }
  | { readonly kind: 'tags'; readonly host: Word; readonly tags: readonly string[] }
  | { readonly kind: 'rename'; readonly host: Word; readonly name: string }
  | { readonly kind: 'retire'; readonly host: Word }
  | {
      readonly kind: 'delete'
      readonly of: (typeof DELETABLE)[number]
      readonly name: Word
      readonly tenant: string
    }
  | { readonly kind: 'change'; readonly change: ContentChange }
  /** Content that the header holds under this name. */
  | { readonly kind: 'apply'; readonly name: Word }

/** An input, and where it stands. */
export type PlacedInput = { readonly word: Word; readonly input: Input }

/** The input of one kind. */
export type InputOf<Kind extends Input['kind']> = Extract<Input, { readonly kind: Kind }>
