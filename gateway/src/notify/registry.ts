// Every kind of channel there is. A new one is a file in channels/ and a line here.

import { Rejected } from '@secumon/domain/rejected'
import { discord } from './channels/discord.ts'
import { email } from './channels/email.ts'
import { ntfy } from './channels/ntfy.ts'
import { pagerduty } from './channels/pagerduty.ts'
import { slack } from './channels/slack.ts'
import { teams } from './channels/teams.ts'
import { telegram } from './channels/telegram.ts'
import { webhook } from './channels/webhook.ts'
import type { Notifier } from './notifier.ts'

export const NOTIFIERS: readonly Notifier[] = [
  discord,
  email,
  ntfy,
  pagerduty,
  slack,
  teams,
  telegram,
  webhook,
]

const BY_KIND: ReadonlyMap<string, Notifier> = new Map(NOTIFIERS.map((notifier) => [notifier.kind, notifier]))

/** Messages a minute that a kind of channel takes; of one that another version made, and is not known here, a few. */
export const perMinuteOf = (kind: string): number => BY_KIND.get(kind)?.perMinute ?? 10

/** @throws Rejected `invalid` naming the kinds there are */
export function notifierOf(kind: string): Notifier {
  const notifier = BY_KIND.get(kind)
  if (notifier) return notifier
  throw new Rejected(
    'invalid',
    `there is no channel of kind ${kind.slice(0, 40)}: ${[...BY_KIND.keys()].join(', ')}`,
  )
}
