// Who is logged in. A 401 anywhere ends the session; the address stays, so login leads back to it.

import { api, asFailure, whenUnauthorized, type ApiFailure } from '../lib/api.ts'
import type { Session as SessionShape } from '../lib/api-types.ts'

type Credentials = { readonly username: string; readonly password: string; readonly otp?: string }

class SessionState {
  #state = $state<'checking' | 'out' | 'in' | 'unreachable'>('checking')
  #session = $state.raw<SessionShape>()
  #expired = $state(false)
  #failure = $state.raw<ApiFailure>()

  constructor() {
    whenUnauthorized(() => {
      if (this.#state === 'in') this.#expired = true
      this.#state = 'out'
    })
  }

  get state(): 'checking' | 'out' | 'in' | 'unreachable' {
    return this.#state
  }
  get session(): SessionShape | undefined {
    return this.#session
  }
  /** True when a session that was good has ended by itself. */
  get expired(): boolean {
    return this.#expired
  }
  /** Why the session could not be asked for. */
  get failure(): ApiFailure | undefined {
    return this.#failure
  }
  /** Whether this user may change names and tags. */
  get mayWrite(): boolean {
    return this.#session !== undefined && this.#session.user.role !== 'readonly'
  }

  /** Whether this user may change how alerts are made and told. */
  get mayConfigure(): boolean {
    const role = this.#session?.user.role
    return role === 'admin' || role === 'superadmin'
  }

  /** Whether this user sees what concerns all tenants together. */
  get runsPlatform(): boolean {
    return this.#session?.runs_platform ?? false
  }

  /** Asks whether the cookie is still good. */
  async check(): Promise<void> {
    try {
      this.#enter(await api<SessionShape>('/session'))
    } catch (error) {
      const failure = asFailure(error)
      this.#failure = failure
      this.#state = failure.status === 401 ? 'out' : 'unreachable'
    }
  }

  /** Finds out whether the session has ended; a server that cannot be reached says nothing about it. */
  async verify(): Promise<void> {
    try {
      await api<SessionShape>('/session')
    } catch (error) {
      if (asFailure(error).status !== 401 || this.#state !== 'in') return
      this.#expired = true
      this.#state = 'out'
    }
  }

  /** @throws ApiFailure 401 when the credentials are wrong or a one-time code is needed */
  async logIn(credentials: Credentials): Promise<void> {
    await api('/session', { method: 'POST', body: credentials })
    this.#enter(await api<SessionShape>('/session'))
  }

  /** Ends the session on the server, then here. @throws ApiFailure while it may still be good */
  async logOut(): Promise<void> {
    try {
      await api('/session', { method: 'DELETE' })
    } catch (error) {
      if (asFailure(error).status !== 401) throw error
    }
    this.#session = undefined
    this.#expired = false
    this.#state = 'out'
  }

  #enter(session: SessionShape): void {
    this.#session = session
    this.#expired = false
    this.#failure = undefined
    this.#state = 'in'
  }
}

export const session = new SessionState()
