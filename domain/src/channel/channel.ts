// Aggregate `channel`: a way to people. Its settings are checked by whoever knows its kind; its secrets are in the vault,
// and here only how often they were set.

import { clone, create, equals } from '@bufbuild/protobuf'
import {
  ChannelChangedSchema,
  ChannelCreatedSchema,
  ChannelDeletedSchema,
  ChannelSpecSchema,
  type ChannelSpec,
} from '@secumon/contracts/gen/escalation'
import { isTimeZone } from '../calendar/zone.ts'
import type { Decider } from '../decider.ts'
import { Rejected } from '../rejected.ts'

export const MAX_CHANNEL_NAME_LENGTH = 200
export const MAX_RATE_PER_MINUTE = 10_000
export const CHANNEL_LANGUAGES: readonly string[] = ['en', 'fr']
const MAX_SETTINGS = 50
const MAX_TEMPLATE_LENGTH = 8_000

export type Channel = {
  readonly spec: ChannelSpec
  /** How often its secrets were set. */
  readonly secretVersion: number
  readonly deleted: boolean
}

export type ChannelState = Channel | undefined

type Wanted = {
  readonly spec: ChannelSpec
  readonly secretVersion: number
  /** Kinds of channel that there are. */
  readonly kinds: readonly string[]
}

export type ChannelCommand =
  | ({ readonly kind: 'CreateChannel' } & Wanted)
  | ({ readonly kind: 'ChangeChannel' } & Wanted)
  | { readonly kind: 'DeleteChannel' }

export const channel: Decider<ChannelCommand, ChannelState> = {
  aggregate: 'channel',
  initial: undefined,
  decide(command, state) {
    if (command.kind === 'CreateChannel') {
      const wanted = validChannel(command)
      if (!state) return [{ case: 'channelCreated', value: create(ChannelCreatedSchema, wanted) }]
      if (!state.deleted && isSame(state, wanted)) return []
      throw new Rejected('already_exists', 'there is such a channel')
    }
    if (!state) throw new Rejected('not_found', 'no such channel')
    if (command.kind === 'DeleteChannel')
      return state.deleted ? [] : [{ case: 'channelDeleted', value: create(ChannelDeletedSchema) }]
    if (state.deleted) throw new Rejected('not_found', 'the channel was deleted')
    const wanted = validChannel(command)
    if (wanted.spec.kind !== state.spec.kind)
      throw new Rejected('invalid', 'a channel keeps its kind: make a new one')
    if (wanted.secretVersion < state.secretVersion)
      throw new Rejected('conflict', 'its secrets were set anew meanwhile')
    if (isSame(state, wanted)) return []
    return [{ case: 'channelChanged', value: create(ChannelChangedSchema, wanted) }]
  },
  evolve(state, event) {
    switch (event.case) {
      case 'channelCreated':
      case 'channelChanged': {
        const { spec = create(ChannelSpecSchema), secretVersion } = event.value
        return { spec, secretVersion, deleted: false }
      }
      case 'channelDeleted':
        return state && { ...state, deleted: true }
      default:
        return state
    }
  },
}

type Valid = { spec: ChannelSpec; secretVersion: number }

function validChannel({ spec: wanted, secretVersion, kinds }: Wanted): Valid {
  const spec = clone(ChannelSpecSchema, wanted)
  spec.name = spec.name.trim()
  if (spec.language === '') spec.language = 'en'
  if (spec.timeZone === '') spec.timeZone = 'UTC'
  if (spec.name === '' || spec.name.length > MAX_CHANNEL_NAME_LENGTH)
    throw invalid(`a channel needs a name of 1 to ${MAX_CHANNEL_NAME_LENGTH} characters`)
  if (!kinds.includes(spec.kind)) throw invalid(`a channel is one of: ${kinds.join(', ')}`)
  if (!CHANNEL_LANGUAGES.includes(spec.language)) throw invalid('a channel speaks en or fr')
  if (!isTimeZone(spec.timeZone))
    throw invalid(`${spec.timeZone} is no time zone: use an IANA name such as Europe/Paris`)
  if (spec.ratePerMinute > MAX_RATE_PER_MINUTE)
    throw invalid(`a channel takes at most ${MAX_RATE_PER_MINUTE} messages a minute`)
  if (Object.keys(spec.settings).length > MAX_SETTINGS)
    throw invalid(`a channel has at most ${MAX_SETTINGS} settings`)
  if (Math.max(spec.titleTemplate.length, spec.textTemplate.length) > MAX_TEMPLATE_LENGTH)
    throw invalid(`a template has at most ${MAX_TEMPLATE_LENGTH} characters`)
  return { spec, secretVersion }
}

const isSame = (state: Channel, { spec, secretVersion }: Valid): boolean =>
  state.secretVersion === secretVersion && equals(ChannelSpecSchema, state.spec, spec)

const invalid = (reason: string): Rejected => new Rejected('invalid', reason)
