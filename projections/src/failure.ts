// Whose fault a failed batch is: the surroundings' (try again, lose nothing) or the message's (dead letter).

import { KeysUnavailable } from '@secumon/infra/vault/key-faults'
import pg from 'pg'

/** Thrown by a projector whose store cannot be written now: the batch is tried again, nothing becomes a dead letter. */
export class SinkUnavailable extends Error {
  override readonly name = 'SinkUnavailable'
}

/** Another instance has moved the checkpoint: this one stops and reads it again. */
export class CheckpointMoved extends Error {
  override readonly name = 'CheckpointMoved'
}

const SURROUNDINGS = [SinkUnavailable, CheckpointMoved, KeysUnavailable]

// SQLSTATE classes that speak of the value written. All others (connection, resources, operator intervention,
// deadlock, missing tables, privileges …) would be the same for any message.
// https://www.postgresql.org/docs/18/errcodes-appendix.html
const DATA_CLASSES = new Set(['21', '22', '23', '54', 'P0'])

/** True when the same batch may succeed later. Looks through `cause`. */
export function isInfrastructure(error: unknown): boolean {
  if (SURROUNDINGS.some((kind) => error instanceof kind)) return true
  if (error instanceof pg.DatabaseError) return !DATA_CLASSES.has(error.code?.slice(0, 2) ?? '')
  if (!(error instanceof Error)) return false
  if (isSystemError(error) || isDriverError(error)) return true
  return error.cause !== undefined && isInfrastructure(error.cause)
}

const isSystemError = (error: Error): boolean =>
  'syscall' in error || ('code' in error && isErrno(error.code))

const isErrno = (code: unknown): boolean => typeof code === 'string' && /^E[A-Z]{3,}$/.test(code)

// pg throws plain errors for what happens to its connection.
const isDriverError = (error: Error): boolean =>
  /connection|timeout exceeded|query read timeout|client was closed|pool after calling end|driver has already been/i.test(
    error.message,
  ) && error.constructor === Error
