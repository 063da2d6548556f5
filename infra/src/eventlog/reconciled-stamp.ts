// Which servers have been reconciled with the archive. A nats-server has a new id after each start, so that a log that
// may have gone back in time is never taken for the one we knew.

import type { LogConnection } from './log-connection.ts'
import { lastMessage, READ_TIMEOUT_MS } from './reads.ts'
import { STAMP_SUBJECT, STAMPS_STREAM } from './stream-table.ts'

/** Core NATS: a process has met a server without a stamp. */
const WANTED_SUBJECT = 'secumon.reconcile.wanted'

const stampSubject = (serverId: string): string => `${STAMP_SUBJECT}.${serverId}`

export async function isStamped(connection: LogConnection, serverId: string): Promise<boolean> {
  return (await lastMessage(connection, STAMPS_STREAM, stampSubject(serverId))) !== undefined
}

/** Lets every process append to this server. */
export async function stamp(connection: LogConnection, serverId: string): Promise<void> {
  const answer = await connection.nats.request(stampSubject(serverId), serverId, { timeout: READ_TIMEOUT_MS })
  const { error } = answer.json<{ error?: { description?: string } }>()
  if (error) throw new Error(`the server cannot be stamped: ${error.description ?? 'unknown'}`)
}

/** Calls back with the id of each server as it is stamped. */
export const onStamp = (connection: LogConnection, listener: (serverId: string) => void): (() => void) =>
  connection.subscribe(`${STAMP_SUBJECT}.*`, ({ subject }) =>
    listener(subject.slice(STAMP_SUBJECT.length + 1)),
  )

/** Asks whoever reconciles to look at this server. */
export const wantReconcile = (connection: LogConnection, serverId: string): void =>
  connection.nats.publish(WANTED_SUBJECT, serverId)

export const onReconcileWanted = (
  connection: LogConnection,
  listener: (serverId: string) => void,
): (() => void) => connection.subscribe(WANTED_SUBJECT, (message) => listener(message.string()))
