// Waits until the first reading of this machine has come all the way and can be seen through the API.

import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { openSessions } from '@secumon/gateway/auth/sessions'
import { DEFAULT_TENANT } from '@secumon/contracts/subjects'
import type { Database } from '@secumon/infra/database/database'
import { vaultOf } from '@secumon/infra/vault/vault-database'
import { z } from 'zod'
import type { Outcome } from './steps.ts'

const fleet = z.object({
  agents: z.array(z.object({ name: z.string(), last_seen: z.number().nullable(), simulated: z.boolean() })),
})

export type FirstFrameOptions = {
  readonly db: Database
  readonly apiUrl: string
  /** Frames before this time are of an earlier start. */
  readonly sinceMs: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** A reading that does not come in time stops nothing: the line says so, and the agent goes on trying. */
export async function firstFrame(options: FirstFrameOptions): Promise<Outcome<undefined>> {
  const sessions = openSessions(options.db)
  const user = await anyAdministrator(options.db)
  if (user === undefined) return { line: 'nobody may look: there is no administrator', value: undefined }
  // The door that people use: a session of its own, ended at once.
  const session = await sessions.start(user)
  try {
    const trouble = await untilSeen(options, sessions.cookie(session, false).split(';')[0] ?? '')
    const line = trouble
      ? `no reading of ${hostname()} yet: ${trouble}; its log says why`
      : `first reading of ${hostname()} is on screen`
    return { line, value: undefined }
  } finally {
    await sessions.end(session)
  }
}

// Resolves with the trouble when the time is over.
async function untilSeen(options: FirstFrameOptions, cookie: string): Promise<string | undefined> {
  const deadline = performance.now() + options.timeoutMs
  let trouble = 'no frame of this machine has come'
  while (!options.signal.aborted) {
    try {
      if (await isSeen(options, cookie)) return undefined
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error)
    }
    if (performance.now() > deadline) return trouble
    await sleep(100, undefined, { signal: options.signal }).catch(() => undefined)
  }
  return 'stopped'
}

async function isSeen({ apiUrl, sinceMs }: FirstFrameOptions, cookie: string): Promise<boolean> {
  const response = await fetch(`${apiUrl}/api/v1/fleet?simulated=false&sort=last_seen&order=desc&limit=10`, {
    headers: { cookie },
    signal: AbortSignal.timeout(2_000),
  })
  if (!response.ok) throw new Error(`the API answers ${response.status}`)
  const { agents } = fleet.parse(await response.json())
  return agents.some(({ last_seen }) => (last_seen ?? 0) >= sinceMs)
}

async function anyAdministrator(db: Database): Promise<string | undefined> {
  const row = await vaultOf(db)
    .selectFrom('vault.users')
    .select('id')
    .where('tenant_id', '=', DEFAULT_TENANT)
    .where('role', '=', 'admin')
    .where('disabled', '=', false)
    .limit(1)
    .executeTakeFirst()
  return row?.id
}
