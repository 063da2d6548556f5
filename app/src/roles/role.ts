// What a role is to the composition root: something that starts on a platform, can say how it is, and stops.

import type { Platform } from '../platform.ts'

export type Health = { readonly status: 'healthy' | 'degraded' | 'unhealthy'; readonly detail?: string }

export type RunningRole = {
  /** Finishes what was accepted, takes nothing new. */
  readonly stop: () => Promise<void>
  readonly health?: () => Health
}

export type Role = {
  /** One sentence for `secumon run --help`. */
  readonly about: string
  readonly start: (platform: Platform) => Promise<RunningRole>
}
