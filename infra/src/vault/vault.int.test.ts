import { comesTrue } from '../testing/comes-true.ts'
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { migrate } from '@secumon/migrations/migrate'
import { sql } from 'kysely'
import { pino } from 'pino'
import { closeDatabase, openDatabase, type Database } from '../database/database.ts'
import { testPostgres } from '../testing/servers.ts'
import { activateEnrolment, consumeEnrolmentToken, createEnrolmentToken } from './enrolment-tokens.ts'
import { masterKeys, SecretSealed } from './master-keys.ts'
import { verifyPassword } from './passwords.ts'
import {
  deleteExpiredRefreshTokens,
  revokeFamily,
  revokeFamilyOfToken,
  rotate,
  startFamily,
  userOfFamily,
  REFRESH_TOKEN_MS,
} from './refresh-tokens.ts'
import { loadOrCreateSecret } from './secrets.ts'
import { createUser, ensureFirstAdmin, findUser, setDisabled, type User } from './users.ts'
import { vaultOf } from './vault-database.ts'

describe('vault', () => {
  let db: Database
  let nowMs = Date.UTC(2026, 0, 1)
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs }
  const cleanUps: (() => Promise<void>)[] = []

  before(async () => {
    const server = await testPostgres({ after: (cleanUp) => cleanUps.unshift(cleanUp) })
    const logger = pino({ level: 'silent' })
    db = openDatabase({ url: server.url, poolSize: 10, applicationName: 'test', logger })
    cleanUps.unshift(() => closeDatabase(db))
    await migrate(db)
  })
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp()
  })

  const newUser = async (username: string, email?: string): Promise<User> => {
    const details = { tenant: 'main', username, password: 'long enough', role: 'user' } as const
    const user = await createUser(db, email === undefined ? details : { ...details, email }, clock)
    assert.ok(user)
    return user
  }

  test('the first admin is made once, with a password that is told once', async () => {
    const [first, second] = await Promise.all([
      ensureFirstAdmin(db, { clock }),
      ensureFirstAdmin(db, { clock, password: 'of another starter' }),
    ])
    const made = [first, second].filter(({ password }) => password !== undefined)
    assert.equal(made.length, 1)
    const admin = await findUser(db, 'ADMIN')
    assert.equal(admin?.role, 'admin')
    assert.ok(await verifyPassword(made[0]?.password ?? '', admin?.passwordHash))
    assert.deepEqual(await ensureFirstAdmin(db, { clock }), { username: 'admin' })
  })

  test('a user is found by name or e-mail in any case, and only while enabled', async () => {
    const user = await newUser('Zoe', 'Zoé@Example.org')
    assert.equal((await findUser(db, 'zoe'))?.id, user.id)
    assert.equal((await findUser(db, 'ZOÉ@example.ORG'))?.id, user.id)
    assert.equal(await findUser(db, "' or true --"), undefined)
    const taken = { tenant: 'b', username: 'ZOE', password: 'long enough', role: 'user' } as const
    assert.equal(await createUser(db, taken, clock), undefined)
    await assert.rejects(newUser('zo\u00eb'), /users_username_check/, 'no look-alikes')
    await setDisabled(db, user.id, true)
    assert.equal(await findUser(db, 'zoe'), undefined)
  })

  test('a refresh token lives until its successor is used; then showing it revokes the family', async () => {
    const user = await newUser('rotating')
    const login = await startFamily(db, user.id, clock)
    const lost = await rotate(db, login.refreshToken, clock)
    const second = await rotate(db, login.refreshToken, clock)
    assert.ok(lost && second, 'an old script may use the first one again and again')
    const third = await rotate(db, second.refreshToken, clock)
    assert.ok(third, 'its successor is used: the first and its other successors are dead')
    assert.ok(await userOfFamily(db, { userId: user.id, family: login.family }))
    assert.equal(await rotate(db, lost.refreshToken, clock), undefined, 'a dead sibling is refused')
    assert.equal(await rotate(db, third.refreshToken, clock), undefined, 'and took the family with it')
    assert.equal(await userOfFamily(db, { userId: user.id, family: login.family }), undefined)
  })

  test('ten exchanges of one token at once all succeed, and exactly one successor survives its use', async () => {
    const user = await newUser('parallel')
    const login = await startFamily(db, user.id, clock)
    const grants = await Promise.all(Array.from({ length: 10 }, () => rotate(db, login.refreshToken, clock)))
    assert.ok(grants.every((grant) => grant !== undefined))
    assert.ok(await rotate(db, grants[3]?.refreshToken ?? '', clock))
    assert.equal(await rotate(db, grants[4]?.refreshToken ?? '', clock), undefined)
  })

  test('a script that never takes the successor leaves a bounded number of rows', async () => {
    const user = await newUser('stubborn')
    const login = await startFamily(db, user.id, clock)
    for (let i = 0; i < 40; i++) assert.ok(await rotate(db, login.refreshToken, clock))
    const rows = await vaultOf(db)
      .selectFrom('vault.refresh_tokens')
      .select('hash')
      .where('family', '=', login.family)
      .execute()
    assert.equal(rows.length, 17)
  })

  test('logout, expiry and a disabled user each end a login', async () => {
    const user = await newUser('leaving')
    const [out, old, off] = await Promise.all([1, 2, 3].map(() => startFamily(db, user.id, clock)))
    await revokeFamilyOfToken(db, out?.refreshToken ?? '')
    assert.equal(await rotate(db, out?.refreshToken ?? '', clock), undefined)
    nowMs += REFRESH_TOKEN_MS
    assert.equal(await rotate(db, old?.refreshToken ?? '', clock), undefined)
    await deleteExpiredRefreshTokens(db, nowMs - 1)
    assert.ok(await userOfFamily(db, { userId: user.id, family: old?.family ?? '' }))
    nowMs -= REFRESH_TOKEN_MS
    await setDisabled(db, user.id, true)
    assert.equal(await rotate(db, off?.refreshToken ?? '', clock), undefined)
    assert.equal(await userOfFamily(db, { userId: user.id, family: off?.family ?? '' }), undefined)
  })

  test('a logout also ends what an exchange under way is about to add', async () => {
    const user = await newUser('racing')
    const { family } = await startFamily(db, user.id, clock)
    const tokens = vaultOf(db).selectFrom('vault.refresh_tokens').selectAll().where('family', '=', family)
    let leaving: Promise<void> | undefined
    await vaultOf(db)
      .transaction()
      .execute(async (tx) => {
        const [row] = await tx.executeQuery(tokens.forUpdate()).then(({ rows }) => rows)
        assert.ok(row)
        leaving = revokeFamily(db, family)
        await untilSomebodyWaits()
        const times = { created_at: new Date(nowMs), expires_at: new Date(nowMs + REFRESH_TOKEN_MS) }
        await tx
          .insertInto('vault.refresh_tokens')
          .values({ ...row, ...times, hash: randomBytes(32), parent: row.hash })
          .execute()
      })
    await leaving
    assert.deepEqual(await tokens.execute(), [])
  })

  async function untilSomebodyWaits(): Promise<void> {
    const waiting = sql<{
      n: number
    }>`select count(*)::int as n from pg_locks join pg_stat_activity using (pid)
      where datname = current_database() and not granted`
    await comesTrue('somebody waits', async () => ((await waiting.execute(db)).rows[0]?.n ?? 0) > 0)
  }

  test('no token is stored in clear', async () => {
    const user = await newUser('secretive')
    const { refreshToken } = await startFamily(db, user.id, clock)
    const rows = await vaultOf(db).selectFrom('vault.refresh_tokens').selectAll().execute()
    assert.ok(!JSON.stringify(rows.map((row) => row.hash.toString('latin1'))).includes(refreshToken))
  })

  const token = (uses: number, tenant = 'main') =>
    createEnrolmentToken(db, { tenant, uses, expiresAtMs: nowMs + 60_000, note: 'test' }, clock)
  const enrol = (text: string, publicKey: Buffer = randomBytes(32)) =>
    consumeEnrolmentToken(db, { token: text, publicKey }, clock)

  test('a token enrols as many agents as it has uses, however many ask at once', async () => {
    const text = await token(5)
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => enrol(text)))
    const agents = outcomes.flatMap((outcome) => (outcome ? [outcome.agent] : []))
    assert.equal(agents.length, 5)
    assert.equal(new Set(agents).size, 5)
  })

  test('one key is one agent and one use, however often and at once it asks', async () => {
    const text = await token(2)
    const key = randomBytes(32)
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => enrol(text, key)))
    assert.equal(new Set(outcomes.map((outcome) => outcome?.agent)).size, 1)
    assert.ok(await enrol(text), 'the second use is still there')
    assert.equal(await enrol(text), undefined)
    await activateEnrolment(db, key, clock)
    const again = await enrol(text, key)
    assert.equal(again?.agent, outcomes[0]?.agent, 'the used-up token still answers the key it enrolled')
    assert.equal(again?.activated, true)
  })

  test('unknown and expired tokens, and another tenant’s key, are refused', async () => {
    const key = randomBytes(32)
    assert.ok(await enrol(await token(1), key))
    assert.equal(await enrol('enrol_no-such-token', key), undefined)
    assert.equal(await enrol(await token(1, 'b'), key), undefined)
    const late = await token(1)
    nowMs += 60_001
    assert.equal(await enrol(late), undefined)
  })

  test('a secret is the same for all who ask, and opens only with its master key', async () => {
    const keys = masterKeys(randomBytes(32))
    const asked = await Promise.all([1, 2, 3].map(() => loadOrCreateSecret(db, 'jwt', keys)))
    assert.equal(new Set(asked.map((secret) => secret.toString('hex'))).size, 1)
    await assert.rejects(loadOrCreateSecret(db, 'jwt', masterKeys(randomBytes(32))), SecretSealed)
    const vault = vaultOf(db)
    const row = await vault.selectFrom('vault.secrets').selectAll().executeTakeFirstOrThrow()
    assert.ok(!row.value.includes(asked[0] ?? Buffer.alloc(0)))
    await vault.updateTable('vault.secrets').set({ name: 'config-signing-key' }).execute()
    await assert.rejects(loadOrCreateSecret(db, 'config-signing-key', keys), SecretSealed)
  })
})
