// An archiver that is stopped (SIGSTOP, a frozen machine) keeps its connection, and with it the lock, as long as nobody
// misses it. So its connection is one that PostgreSQL ends when nothing is heard on it.

import type { Database } from '@secumon/infra/database/database'
import { sql } from 'kysely'

const SILENCE_S = 30
const SIGN_OF_LIFE_MS = 5_000
const SETTINGS = ['idle_session_timeout', 'idle_in_transaction_session_timeout']

/** Runs the work on a connection that outlives this process's silence by half a minute at most. */
export async function withSignsOfLife(
  connection: Database,
  work: () => Promise<void>,
  silenceS = SILENCE_S,
): Promise<void> {
  for (const setting of SETTINGS)
    await sql`select set_config(${setting}, ${`${silenceS}s`}, false)`.execute(connection)
  const say = () => void sql`select 1`.execute(connection).catch(() => undefined)
  const timer = setInterval(say, Math.min(SIGN_OF_LIFE_MS, (silenceS * 1_000) / 3))
  try {
    await work()
  } finally {
    clearInterval(timer)
    // The connection goes back to its pool; where it is gone there is nothing to reset.
    for (const setting of SETTINGS)
      await sql`select set_config(${setting}, '0', false)`.execute(connection).catch(() => undefined)
  }
}
