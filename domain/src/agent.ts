// Aggregate `agent`: what people say about an enrolled agent.

import { create } from '@bufbuild/protobuf'
import {
  AgentRegisteredSchema,
  AgentRenamedSchema,
  AgentRetiredSchema,
  AgentTaggedSchema,
} from '@secumon/contracts/gen/agent'
import type { Decider, DomainEvent } from './decider.ts'
import { Rejected } from './rejected.ts'

export const MAX_NAME_LENGTH = 253
export const MAX_TAGS = 50
const TAG = /^[\p{L}\p{N}_.:/-]{1,64}$/u

/** True for what an agent can be tagged with. */
export const isTag = (text: string): boolean => TAG.test(text)

export type Agent = {
  readonly name: string
  readonly tags: readonly string[]
  readonly simulated: boolean
  readonly retired: boolean
}

export type AgentState = Agent | undefined

export type AgentCommand =
  | {
      readonly kind: 'RegisterAgent'
      readonly name: string
      readonly tags: string[]
      readonly simulated: boolean
    }
  | { readonly kind: 'RenameAgent'; readonly name: string }
  | { readonly kind: 'TagAgent'; readonly tags: string[] }
  | { readonly kind: 'RetireAgent'; readonly reason: string }

export const agent: Decider<AgentCommand, AgentState> = {
  aggregate: 'agent',
  initial: undefined,
  decide(command, state) {
    if (command.kind === 'RegisterAgent') return register(command, state)
    if (!state) throw new Rejected('not_found', 'no such agent')
    switch (command.kind) {
      case 'RenameAgent': {
        const name = validName(command.name)
        return name === state.name
          ? []
          : [{ case: 'agentRenamed', value: create(AgentRenamedSchema, { name }) }]
      }
      case 'TagAgent': {
        const tags = validTags(command.tags)
        return sameList(tags, state.tags)
          ? []
          : [{ case: 'agentTagged', value: create(AgentTaggedSchema, { tags }) }]
      }
      case 'RetireAgent':
        return state.retired
          ? []
          : [{ case: 'agentRetired', value: create(AgentRetiredSchema, { reason: command.reason }) }]
    }
  },
  evolve(state, event) {
    switch (event.case) {
      case 'agentRegistered':
        return {
          name: event.value.name,
          tags: event.value.tags,
          simulated: event.value.simulated,
          retired: false,
        }
      case 'agentRenamed':
        return state && { ...state, name: event.value.name }
      case 'agentTagged':
        return state && { ...state, tags: event.value.tags }
      case 'agentRetired':
        return state && { ...state, retired: true }
      default:
        return state
    }
  },
}

function register(
  command: Extract<AgentCommand, { kind: 'RegisterAgent' }>,
  state: AgentState,
): DomainEvent[] {
  if (state) return []
  const value = create(AgentRegisteredSchema, {
    name: validName(command.name),
    tags: validTags(command.tags),
    simulated: command.simulated,
  })
  return [{ case: 'agentRegistered', value }]
}

function validName(name: string): string {
  const trimmed = name.trim()
  if (trimmed.length === 0 || trimmed.length > MAX_NAME_LENGTH)
    throw new Rejected('invalid', `a name has 1 to ${MAX_NAME_LENGTH} characters`)
  return trimmed
}

function validTags(tags: readonly string[]): string[] {
  if (tags.length > MAX_TAGS) throw new Rejected('invalid', `at most ${MAX_TAGS} tags`)
  const wrong = tags.find((tag) => !isTag(tag))
  if (wrong !== undefined) throw new Rejected('invalid', `not a tag: ${JSON.stringify(wrong.slice(0, 80))}`)
  return [...new Set(tags)].toSorted()
}

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i])
