// Lets COPY travel through Kysely: a query whose only parameter is CopyData streams it, inside the same transaction
// and on the same connection as everything else.

import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { finished } from 'node:stream/promises'

/** The bytes of a COPY … FROM STDIN, given as the only parameter of its query. */
export class CopyData {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}

/** The same pool, whose clients understand CopyData. */
export function copyingPool(pool: pg.Pool): PostgresPool {
  const clients = new WeakMap<pg.PoolClient, PostgresPoolClient>()
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect()
      // Kysely recognizes a connection by its client: the same one must look the same each time.
      const known = clients.get(client) ?? copyingClient(client)
      clients.set(client, known)
      return known
    },
  }
}

// A query that failed without an answer of the server leaves its connection in an unknown state (and its locks taken):
// such a connection is closed, not given to the next.
function copyingClient(client: pg.PoolClient): PostgresPoolClient {
  let broken = false
  return new Proxy(client, {
    get(target, name) {
      if (name === 'query') return query
      if (name === 'release') return (destroy?: boolean) => target.release(broken || destroy)
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  }) as PostgresPoolClient

  async function query(text: string, parameters: readonly unknown[]): Promise<unknown> {
    const [first] = parameters
    try {
      if (first instanceof CopyData) return await copy(client, text, first)
      return await client.query(text, [...parameters])
    } catch (error) {
      broken ||= !(error instanceof pg.DatabaseError)
      throw error
    }
  }
}

async function copy(
  client: pg.PoolClient,
  text: string,
  data: CopyData,
): Promise<PostgresQueryResult<never>> {
  const stream = client.query(copyFrom(text))
  const done = finished(stream)
  stream.end(data.bytes)
  await done
  return { command: 'INSERT', rowCount: stream.rowCount, rows: [] }
}
