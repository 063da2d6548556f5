// Questions and answers over core NATS: nothing is stored, nobody need be there.

import { errors } from '@nats-io/transport-node'
import type { QuestionHandler } from './event-log.ts'
import type { LogConnection } from './log-connection.ts'

const UNANSWERED = [
  errors.TimeoutError,
  errors.RequestError,
  errors.NoRespondersError,
  errors.ConnectionError,
  errors.ClosedConnectionError,
  errors.DrainingConnectionError,
]

type Question = { readonly subject: string; readonly question: Uint8Array; readonly timeoutMs: number }

/** The first answer; undefined when there is none in time. A question that meets no connection is not sent later. */
export async function askOnce(
  connection: LogConnection,
  { subject, question, timeoutMs }: Question,
): Promise<Uint8Array | undefined> {
  if (!connection.session) return undefined
  try {
    return (await connection.nats.request(subject, question, { timeout: timeoutMs })).data
  } catch (error) {
    if (UNANSWERED.some((kind) => error instanceof kind)) return undefined
    throw error
  }
}

/** Answers each question on its own; one that cannot be answered is left to time out. */
export const answerAll = (
  connection: LogConnection,
  subject: string,
  handler: QuestionHandler,
): (() => void) =>
  connection.subscribe(subject, (message) => {
    handler(message.data).then(
      (answer) => {
        if (answer && connection.session) message.respond(answer)
      },
      () => undefined,
    )
  })
