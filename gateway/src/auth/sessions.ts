// Browser sessions: an httpOnly cookie, extended while it is used. The one file that knows lucia.

import type { Database } from '@secumon/infra/database/database'
import {
  deleteExpiredSessions,
  deleteSession,
  deleteSessionsOfUser,
  extendSession,
  findSession,
  insertSession,
  sessionsOfUser,
} from '@secumon/infra/vault/sessions'
import type { User } from '@secumon/infra/vault/users'
import { Cookie, Lucia, TimeSpan, type Adapter } from 'lucia'

export const SESSION_COOKIE = 'secumon_session'
const LIFETIME = new TimeSpan(7, 'd')

declare module 'lucia' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- declarations merge only as interfaces
  interface Register {
    Lucia: Lucia<Record<never, never>, { account: User }>
    DatabaseUserAttributes: { account: User }
  }
}

export type OpenSession = {
  readonly id: string
  readonly user: User
  readonly expiresAtMs: number
  /** The end was just moved: send the cookie again. */
  readonly extended: boolean
}

export type Sessions = {
  /** Begins a session and returns its id, which only the cookie keeps. */
  start(userId: string): Promise<string>
  /** The open session that the Cookie header names. */
  find(cookieHeader: string): Promise<OpenSession | undefined>
  end(sessionId: string): Promise<void>
  /** A Set-Cookie value. @param secure the browser came over https */
  cookie(sessionId: string, secure: boolean): string
  /** A Set-Cookie value that makes the browser forget. */
  blankCookie(secure: boolean): string
  deleteExpired(): Promise<void>
}

export function openSessions(db: Database): Sessions {
  const lucia = new Lucia(adapter(db), {
    sessionExpiresIn: LIFETIME,
    // The cookie outlives the session: a live stream extends the session, and can send no cookie.
    sessionCookie: {
      name: SESSION_COOKIE,
      expires: false,
      attributes: { sameSite: 'strict', path: '/' },
    },
    getUserAttributes: ({ account }) => ({ account }),
  })
  const serialize = ({ name, value, attributes }: Cookie, secure: boolean): string =>
    new Cookie(name, value, { ...attributes, secure }).serialize()
  return {
    start: async (userId) => (await lucia.createSession(userId, {})).id,
    async find(cookieHeader) {
      const id = lucia.readSessionCookie(cookieHeader)
      if (!id || id.length > 200) return undefined
      const { session, user } = await lucia.validateSession(id)
      if (!session) return undefined
      return { id, user: user.account, expiresAtMs: session.expiresAt.getTime(), extended: session.fresh }
    },
    end: (sessionId) => lucia.invalidateSession(sessionId),
    cookie: (sessionId, secure) => serialize(lucia.createSessionCookie(sessionId), secure),
    blankCookie: (secure) => serialize(lucia.createBlankSessionCookie(), secure),
    deleteExpired: () => lucia.deleteExpiredSessions(),
  }
}

// lucia keeps ids in clear; ours are hashed on the way in and out.
const adapter = (db: Database): Adapter => ({
  async getSessionAndUser(id) {
    const found = await findSession(db, id)
    if (!found) return [null, null]
    const { userId, expiresAtMs, user } = found
    return [
      { id, userId, expiresAt: new Date(expiresAtMs), attributes: {} },
      { id: userId, attributes: { account: user } },
    ]
  },
  async getUserSessions(userId) {
    const rows = await sessionsOfUser(db, userId)
    return rows.map((row) => ({
      id: row.id_hash.toString('hex'),
      userId,
      expiresAt: new Date(row.expires_at),
      attributes: {},
    }))
  },
  setSession: ({ id, userId, expiresAt }) =>
    insertSession(db, id, { userId, expiresAtMs: expiresAt.getTime(), createdAtMs: Date.now() }),
  updateSessionExpiration: (id, expiresAt) => extendSession(db, id, expiresAt.getTime()),
  deleteSession: (id) => deleteSession(db, id),
  deleteUserSessions: (userId) => deleteSessionsOfUser(db, userId),
  deleteExpiredSessions: () => deleteExpiredSessions(db, Date.now()),
})
