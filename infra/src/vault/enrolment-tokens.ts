// Enrolment: a token is good for some agents; a public key becomes exactly one agent, however often it asks.

import { ulidToUuid, uuidToUlid } from '@secumon/contracts/ids'
import type { Clock } from '@secumon/domain/clock'
import type { Database } from '../database/database.ts'
import { moment, newToken, newUlid, tokenHash, vaultOf, type Vault } from './vault-database.ts'

export type NewEnrolmentToken = {
  readonly tenant: string
  /** How many agents it enrols, 1 – 1,000,000. */
  readonly uses: number
  readonly expiresAtMs: number
  /** What it is for, for the list of tokens. */
  readonly note: string
}

/** Makes a token and returns its text, which is stored nowhere. */
export async function createEnrolmentToken(
  db: Database,
  token: NewEnrolmentToken,
  clock: Clock,
): Promise<string> {
  const text = newToken('enrol')
  await vaultOf(db)
    .insertInto('vault.enrolment_tokens')
    .values({
      hash: tokenHash(text),
      tenant_id: token.tenant,
      uses_left: token.uses,
      created_at: new Date(clock.nowMs()),
      expires_at: new Date(token.expiresAtMs),
      note: token.note,
    })
    .execute()
  return text
}

export type Enrolment = {
  readonly tenant: string
  /** ULID. */
  readonly agent: string
  /** When it was first asked for: what its events say. */
  readonly createdAtMs: number
  /** Its events are in the log. */
  readonly activated: boolean
}

export type EnrolmentRequest = { readonly token: string; readonly publicKey: Uint8Array }

/**
 * The agent of this public key: the one that was allocated before, or a new one that takes a use of the token.
 * Undefined when the token is unknown, used up or expired, or the key belongs to an agent of another tenant. A key
 * that was enrolled with this very token is answered again even when the token is used up since.
 */
export async function consumeEnrolmentToken(
  db: Database,
  request: EnrolmentRequest,
  clock: Clock,
): Promise<Enrolment | undefined> {
  const hash = tokenHash(request.token)
  const publicKey = Buffer.from(request.publicKey)
  const allocation = { hash, publicKey, nowMs: clock.nowMs() }
  const known = await allocated(vaultOf(db), allocation)
  if (known !== 'none') return known
  return vaultOf(db)
    .transaction()
    .execute(async (tx) => allocate(tx, allocation))
}

/** Notes that the enrolment's events are in the log. */
export async function activateEnrolment(db: Database, publicKey: Uint8Array, clock: Clock): Promise<void> {
  await vaultOf(db)
    .updateTable('vault.enrolments')
    .set({ activated_at: new Date(clock.nowMs()) })
    .where('public_key', '=', Buffer.from(publicKey))
    .where('activated_at', 'is', null)
    .execute()
}

type Allocation = { readonly hash: Buffer; readonly publicKey: Buffer; readonly nowMs: number }

async function allocated(vault: Vault, { hash, publicKey, nowMs }: Allocation) {
  const row = await vault
    .selectFrom('vault.enrolments as e')
    .leftJoin('vault.enrolment_tokens as t', (join) =>
      join.onRef('t.tenant_id', '=', 'e.tenant_id').on('t.hash', '=', hash),
    )
    .select(['e.tenant_id', 'e.agent_id', 'e.created_at', 'e.activated_at', 'e.token_hash'])
    .select(['t.hash', 't.expires_at', 't.uses_left'])
    .where('e.public_key', '=', publicKey)
    .executeTakeFirst()
  if (!row) return 'none' as const
  if (!row.hash) return undefined
  const sameToken = row.token_hash.equals(hash)
  const stillGood = row.expires_at !== null && row.expires_at > nowMs && (row.uses_left ?? 0) > 0
  return sameToken || stillGood ? enrolmentOf(row) : undefined
}

// The token's row is locked until the agent is allocated, so a use is taken with the allocation or not at all.
async function allocate(vault: Vault, allocation: Allocation): Promise<Enrolment | undefined> {
  const { hash, publicKey, nowMs } = allocation
  const token = await vault
    .updateTable('vault.enrolment_tokens')
    .set((eb) => ({ uses_left: eb('uses_left', '-', 1) }))
    .where('hash', '=', hash)
    .where('uses_left', '>', 0)
    .where('expires_at', '>', moment(nowMs))
    .returning('tenant_id')
    .executeTakeFirst()
  const row = token && (await insertEnrolment(vault, allocation, token.tenant_id))
  if (row) return enrolmentOf(row)
  if (token) await giveBack(vault, hash)
  // The same key may have been allocated since we looked: by this token's last use, say.
  const known = await allocated(vault, { hash, publicKey, nowMs })
  return known === 'none' ? undefined : known
}

const insertEnrolment = (vault: Vault, { hash, publicKey, nowMs }: Allocation, tenant: string) =>
  vault
    .insertInto('vault.enrolments')
    .values({
      public_key: publicKey,
      agent_id: ulidToUuid(newUlid(nowMs)),
      tenant_id: tenant,
      token_hash: hash,
      created_at: new Date(nowMs),
      activated_at: null,
    })
    .onConflict((conflict) => conflict.column('public_key').doNothing())
    .returning(['tenant_id', 'agent_id', 'created_at', 'activated_at'])
    .executeTakeFirst()

const giveBack = (vault: Vault, hash: Buffer) =>
  vault
    .updateTable('vault.enrolment_tokens')
    .set((eb) => ({ uses_left: eb('uses_left', '+', 1) }))
    .where('hash', '=', hash)
    .execute()

type EnrolmentRow = { tenant_id: string; agent_id: string; created_at: number; activated_at: number | null }

const enrolmentOf = (row: EnrolmentRow): Enrolment => ({
  tenant: row.tenant_id,
  agent: uuidToUlid(row.agent_id),
  createdAtMs: row.created_at,
  activated: row.activated_at !== null,
})
