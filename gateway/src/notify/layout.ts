// What every layout has in common: a colour for how bad it is, and the places where a person goes on.

import { isOver, severityOf, tellsEnds, tellsRecovery, type Message } from './message.ts'
import type { Told } from './notifier.ts'
import { WORDS } from './text/words.ts'

/** `closed`: it ended, and nobody saw it recover. */
export type Mood = 'critical' | 'warning' | 'info' | 'acknowledged' | 'over' | 'closed'

/** How a message is to be felt at a glance. */
export function moodOf(message: Message): Mood {
  if (tellsEnds(message)) return tellsRecovery(message) ? 'over' : 'closed'
  return message.kind === 'acknowledged' ? 'acknowledged' : severityOf(message)
}

/** `#rrggbb`. */
export const COLOURS: Readonly<Record<Mood, string>> = {
  critical: '#d32f2f',
  warning: '#f9a825',
  info: '#1976d2',
  acknowledged: '#7b1fa2',
  over: '#2e7d32',
  closed: '#546e7a',
}

export type Link = { readonly label: string; readonly url: string }

/** Open, and acknowledge while there is something to acknowledge; none where we do not know our own address. */
export function linksOf({ message, language }: Told): Link[] {
  const { open, acknowledge } = WORDS[language]
  const { links } = message
  const closed = isOver(message) || message.kind === 'acknowledged'
  return [
    { label: open, url: links.incident },
    ...(closed ? [] : [{ label: acknowledge, url: links.acknowledge ?? '' }]),
  ].filter(({ url }) => /^https?:\/\//.test(url) && URL.canParse(url))
}
