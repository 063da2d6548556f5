// Envelopes of EVENTS as reactors want them: of some aggregates only, in clear. One that cannot be read is told and left
// out: a reactor that stopped at it would never decide anything again.

import { parseEventSubject, type EventSubject } from '@secumon/contracts/subjects'
import type { ArchiveKeys } from '@secumon/infra/archive/archive'
import type { LogMessage } from '@secumon/infra/eventlog/event-log'
import type { Logger } from 'pino'
import { readFact } from '../facts.ts'
import type { EnvelopeFact } from '../projector.ts'
import { openerOf, type OpenFact } from '../sealed-facts.ts'

export type OpenedEventsOptions = {
  readonly wanted: (aggregate: EventSubject) => boolean
  readonly keys: ArchiveKeys
  readonly logger: Logger
}

/** In order. What was shredded has no events. @throws KeysUnavailable */
export async function openedEvents(
  messages: readonly LogMessage[],
  options: OpenedEventsOptions,
): Promise<EnvelopeFact[]> {
  const facts = messages.flatMap((message) => readWanted(message, options))
  if (facts.length === 0) return facts
  const open = await openerOf(facts, options.keys)
  return open ? facts.flatMap((fact) => opened(fact, open, options.logger)) : facts
}

// The subject says enough of those that nobody here wants.
function readWanted(message: LogMessage, { wanted, logger }: OpenedEventsOptions): EnvelopeFact[] {
  const aggregate = parseEventSubject(message.subject)
  if (!aggregate || !wanted(aggregate)) return []
  try {
    const fact = readFact(message)
    return fact.kind === 'envelope' ? [fact] : []
  } catch (error) {
    logger.error({ err: error, position: message.position, subject: message.subject }, 'not an envelope')
    return []
  }
}

function opened(fact: EnvelopeFact, open: OpenFact, logger: Logger): EnvelopeFact[] {
  try {
    const clear = open(fact)
    return clear.kind === 'envelope' ? [clear] : []
  } catch (error) {
    logger.error({ err: error, ...fact.source }, 'an envelope does not open')
    return []
  }
}
