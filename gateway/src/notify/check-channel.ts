// Whether a channel can work, before it is stored: its kind, its settings, its secrets, its templates.

import type { ChannelSpec } from '@secumon/contracts/gen/escalation'
import { Rejected } from '@secumon/domain/rejected'
import { describeFields, faultsOf, type FieldInfo } from './fields.ts'
import type { Values } from './notifier.ts'
import { notifierOf, NOTIFIERS } from './registry.ts'
import { checkTemplate } from './text/template.ts'

/** A kind of channel as a form needs to know it. */
export type ChannelKind = {
  readonly kind: string
  readonly settings: readonly FieldInfo[]
  /** Written, never read back. */
  readonly secrets: readonly FieldInfo[]
  /** Names of those whose change asks for all secrets again. */
  readonly destination: readonly string[]
  /** Messages per minute where the channel sets none. */
  readonly perMinute: number
}

/** Every kind there is. */
export const channelKinds = (): ChannelKind[] =>
  NOTIFIERS.map(({ kind, settings, secrets, destination, perMinute }) => ({
    kind,
    settings: describeFields(settings),
    secrets: describeFields(secrets),
    destination,
    perMinute,
  }))

/** @throws Rejected `invalid` with everything that is wrong; never with a value of a secret */
export function checkChannel(
  spec: Pick<ChannelSpec, 'kind' | 'settings' | 'titleTemplate' | 'textTemplate'>,
): void {
  const { settings } = notifierOf(spec.kind)
  throwFaults(faultsOf(settings, spec.settings))
  checkTemplate('title_template', spec.titleTemplate)
  checkTemplate('text_template', spec.textTemplate)
}

/** All secrets of a channel, as they will be after the change. @throws Rejected `invalid` */
export function checkSecrets(kind: string, secrets: Values): void {
  throwFaults(faultsOf(notifierOf(kind).secrets, secrets))
}

/** A channel as it is. */
export type HeldChannel = {
  readonly settings: Values
  /** All of them. */
  readonly secrets: Values
}

/** What is asked of it. */
export type ChannelChange = {
  readonly kind: string
  readonly settings: Values
  /** Those that are named in the request. */
  readonly given: Values
}

/**
 * Secrets are written and never read: whoever lets them go elsewhere has to know them.
 * @throws Rejected `invalid` naming those that have to be given again
 */
export function checkDestination({ kind, settings, given }: ChannelChange, held: HeldChannel): void {
  const { destination, settings: fields } = notifierOf(kind)
  const withDefaults = (values: Values): Readonly<Record<string, unknown>> =>
    fields.safeParse(values).data ?? values
  const before = { ...withDefaults(held.settings), ...held.secrets }
  const after = { ...withDefaults(settings), ...held.secrets, ...given }
  const moved = destination.filter((name) => before[name] !== after[name])
  if (moved.length === 0) return
  const kept = Object.keys(held.secrets).filter((name) => given[name] === undefined)
  const why = `must be given again: ${moved.join(', ')} changed, which says where it goes`
  throwFaults(kept.map((name) => `${name}: ${why}`))
}

function throwFaults(faults: readonly string[]): void {
  if (faults.length > 0) throw new Rejected('invalid', faults.join('; '))
}
