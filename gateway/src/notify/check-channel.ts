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
  /** Messages per minute where the channel sets none. */
  readonly perMinute: number
}

/** Every kind there is. */
export const channelKinds = (): ChannelKind[] =>
  NOTIFIERS.map(({ kind, settings, secrets, perMinute }) => ({
    kind,
    settings: describeFields(settings),
    secrets: describeFields(secrets),
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

function throwFaults(faults: readonly string[]): void {
  if (faults.length > 0) throw new Rejected('invalid', faults.join('; '))
}
