// The HTTP API as a script uses it.

import type { z } from 'zod'
import type { AlertBody } from '@secumon/gateway/api/schemas/alert-detail'
import type { AlertRow, AlertsBody } from '@secumon/gateway/api/schemas/alert'
import type { NotificationRow, NotificationsBody } from '@secumon/gateway/api/schemas/notification'
import type { AgentBody } from '@secumon/gateway/api/schemas/agent'
import type { SeriesBody } from '@secumon/gateway/api/schemas/series'
import type { FleetBody } from '@secumon/gateway/api/schemas/fleet'
import { ADMIN_PASSWORD } from './platform.ts'

export type Fleet = z.infer<typeof FleetBody>
export type AgentDetail = z.infer<typeof AgentBody>
export type SeriesSet = z.infer<typeof SeriesBody>
export type Alert = z.infer<typeof AlertRow>
export type Alerts = z.infer<typeof AlertsBody>
export type AlertDetail = z.infer<typeof AlertBody>
export type Notification = z.infer<typeof NotificationRow>
export type Notifications = z.infer<typeof NotificationsBody>

export class ApiClient {
  readonly #url: string
  readonly #token: string

  private constructor(url: string, token: string) {
    this.#url = url
    this.#token = token
  }

  static async logIn(url: string): Promise<ApiClient> {
    const response = await fetch(`${url}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'admin', password: ADMIN_PASSWORD }),
    })
    if (!response.ok) throw new Error(`login: ${response.status} ${await response.text()}`)
    return new ApiClient(url, ((await response.json()) as { token: string }).token)
  }

  /** @throws Error with status and body unless it is 200 */
  get<Body>(path: string): Promise<Body> {
    return this.#ask<Body>(path, {})
  }

  /** Changes something. @throws Error with status and body unless it was taken */
  patch<Body>(path: string, body: object): Promise<Body> {
    return this.#ask<Body>(path, { method: 'PATCH', body: JSON.stringify(body) })
  }

  /** Commands something. @throws Error with status and body unless it was taken */
  post<Body>(path: string, body: object = {}): Promise<Body> {
    return this.#ask<Body>(path, { method: 'POST', body: JSON.stringify(body) })
  }

  async #ask<Body>(path: string, request: RequestInit): Promise<Body> {
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' }
    const response = await fetch(`${this.#url}/api/v1/${path}`, { ...request, headers })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as Body
  }
}
