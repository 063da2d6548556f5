// What only the platform's housekeeping may do with the log: purge, and say that a server has been reconciled.

import type { JetStreamManager } from '@nats-io/jetstream'
import type { LogConnection } from './log-connection.ts'
import { positionAt, whileConnected } from './reads.ts'
import { isStamped, onReconcileWanted, stamp } from './reconciled-stamp.ts'
import { setStreamLimit } from './streams.ts'

export class LogUpkeep {
  readonly #connection: LogConnection
  readonly #jetStream: JetStreamManager

  constructor(connection: LogConnection, jetStream: JetStreamManager) {
    this.#connection = connection
    this.#jetStream = jetStream
  }

  /** Removes every message before a position and tells how many. Only the log keeper does. */
  async purge(stream: string, before: number): Promise<number> {
    const { purged } = await whileConnected(this.#connection, () =>
      this.#jetStream.streams.purge(stream, { seq: before }),
    )
    return purged
  }

  /** Changes the limit of a stream: the log keeper needs room to write where a full stream's quiet lanes stand. */
  setMaxBytes(stream: string, maxBytes: number): Promise<void> {
    return whileConnected(this.#connection, () => setStreamLimit(this.#jetStream, stream, maxBytes))
  }

  /** The position of the first message stored at or after a time; last + 1 when there is none. */
  positionAt(stream: string, atMs: number): Promise<number> {
    return whileConnected(this.#connection, () => positionAt(this.#jetStream, stream, atMs))
  }

  /** Says that a server's log has been compared with the archive: every process may append to it. */
  stamp(serverId: string): Promise<void> {
    return whileConnected(this.#connection, () => stamp(this.#connection, serverId))
  }

  isStamped(serverId: string): Promise<boolean> {
    return isStamped(this.#connection, serverId)
  }

  /** Calls back with the id of a server that some process finds without a stamp. */
  onReconcileWanted(listener: (serverId: string) => void): () => void {
    return onReconcileWanted(this.#connection, listener)
  }
}
