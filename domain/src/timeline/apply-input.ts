// Lets one input of a script happen.

import { agent, type AgentCommand } from '../agent.ts'
import { Rejected } from '../rejected.ts'
import { applyDeed } from './apply-deed.ts'
import { TimelineFault } from './fault.ts'
import type { Host } from './host.ts'
import type { ContentChange, Input, InputOf, PlacedInput } from './input.ts'
import { named } from './named.ts'
import type { Word } from './words.ts'
import type { World } from './world.ts'

/** Content that is written as files of content are: who runs a script knows that form. */
export type ContentDesk = {
  /** @throws Rejected, TimelineFault */
  readonly change: (change: ContentChange) => Promise<void>
  /** @throws Rejected, TimelineFault */
  readonly apply: (name: Word) => Promise<void>
}

/** What is refused is a happening. @throws TimelineFault where the script names what is not there */
export async function applyInput(
  { word, input }: PlacedInput,
  world: World,
  content: ContentDesk,
): Promise<void> {
  world.touch()
  try {
    if (input.kind === 'change') await content.change(input.change)
    else if (input.kind === 'apply') await content.apply(input.name)
    else apply(input, { word, world })
  } catch (error) {
    if (!(error instanceof Rejected)) throw error
    world.happen({ kind: 'refused', marks: [], names: [error.message] })
  }
}

type At = { readonly word: Word; readonly world: World }

function apply(input: Exclude<Input, InputOf<'change' | 'apply'>>, { word, world }: At): void {
  switch (input.kind) {
    case 'measure':
      return measure(input, { word, world })
    case 'link':
      return setLink(input, world)
    case 'gateway':
      world.isGatewayUp = input.isUp
      return
    case 'alerter':
      if (input.does === 'restart') return world.restartAlerter()
      world.judging.isUp = world.telling.isUp = input.does === 'up'
      return
    case 'clock':
      world.clockOffsetMs = input.offsetMs
      world.touch()
      return
    case 'platform':
      world.readings = new Map([...world.readings, ...input.readings])
      return
    case 'tags':
      return command(input.host, { kind: 'TagAgent', tags: [...input.tags] }, world)
    case 'rename':
      return command(input.host, { kind: 'RenameAgent', name: input.name }, world)
    case 'retire':
      return command(input.host, { kind: 'RetireAgent', reason: '' }, world)
    case 'channel': {
      const { id } = named(world, 'channel', input.channel)
      return world.telling.setBehaviour(id, input.behaviour)
    }
    default:
      return applyDeed(input, { word, world })
  }
}

function measure({ host: name, measurements, ago }: InputOf<'measure'>, { word, world }: At): void {
  const host = name ? hostNamed(name, world) : onlyHost(word, world)
  if (ago) host.backfill(measurements, ago, world.nowMs)
  else host.set(measurements, world.nowMs)
}

function setLink({ host: name, is }: InputOf<'link'>, world: World): void {
  const host = hostNamed(name, world)
  const was = host.link
  host.link = is
  if (is === 'offline') host.nextMs = Infinity
  else if (was === 'offline' || is === 'online') host.wake(world.nowMs)
}

function command(name: Word, wanted: AgentCommand, world: World): void {
  const { id } = hostNamed(name, world)
  const held = world.aggregates.all(agent.aggregate).find(({ ref }) => ref.id === id)
  const tenant = held?.ref.tenant ?? ''
  world.aggregates.execute({ ref: { tenant, id }, decider: agent, command: wanted, atMs: world.stampMs })
}

function hostNamed(word: Word, world: World): Host {
  const host = world.hosts.get(word.text)
  if (host) return host
  if (word.text === 'host') return onlyHost(word, world)
  throw new TimelineFault(`there is no host ${word.text}: there are ${namesOf(world)}`, word)
}

function onlyHost(word: Word, world: World): Host {
  const [host, ...others] = world.hosts.values()
  if (host && others.length === 0) return host
  throw new TimelineFault(`say which host: ${namesOf(world)}`, word)
}

const namesOf = ({ hosts }: World): string => [...hosts.keys()].join(', ')
