// Tenants for whom deciding failed, by a defect of ours: they are left alone for a time that grows, and all the others are
// told as ever.

import type { Contain } from '@secumon/domain/notification/contain'
import type { NotifyFact } from '@secumon/domain/notification/evolve'
import type { Logger } from 'pino'
import type { NotifyMetrics } from './notify-metrics.ts'

const FIRST_REST_MS = 5_000
/** Short enough for what goes on failing to be seen as one thing. */
const LONGEST_REST_MS = 2 * 60_000

type Fault = { failures: number; retryAtMs: number; isTried: boolean }

export type FaultsOptions = {
  readonly logger: Logger
  readonly metrics: NotifyMetrics
  readonly part: number
  /** Called with each failure, in words. */
  readonly onFailure?: (failure: Error) => void
  /** Called with how many tenants are left alone, whenever that changes. */
  readonly onFailing?: (tenants: number) => void
}

export class Faults {
  readonly #options: FaultsOptions
  readonly #faults = new Map<string, Fault>()
  /** Tenants of whom something could not be folded. */
  readonly #unfolded = new Set<string>()
  #nowMs = 0

  constructor(options: FaultsOptions) {
    this.#options = options
  }

  /** All that was read is in the state. */
  get isComplete(): boolean {
    return this.#unfolded.size === 0
  }

  /** Does the work for a tenant that is not left alone. */
  readonly contain: Contain = (tenant, work) => {
    if (this.#faults.get(tenant)?.isTried === false) return undefined
    try {
      return work()
    } catch (error) {
      this.#failed(tenant, error)
      return undefined
    }
  }

  /** A round of decisions: of tenants whose time has come everything is looked at again. */
  round(nowMs: number, lookAgain: (tenant: string) => void): void {
    this.#nowMs = nowMs
    for (const [tenant, fault] of this.#faults) {
      if (fault.isTried) this.#recovered(tenant)
      else if (hasRested(fault, nowMs)) {
        fault.isTried = true
        this.contain(tenant, () => lookAgain(tenant))
      }
    }
  }

  /** What an envelope says is missing from the state; that of its tenant is told from what is there. */
  unfolded({ tenant, aggregate, id, version }: NotifyFact, error: unknown): void {
    const { logger, metrics } = this.#options
    metrics.failures.inc()
    logger.error(
      { err: error, tenant, aggregate, id, version },
      'an event was not taken in: what it says has no effect on what is told',
    )
    this.#unfolded.add(tenant)
    this.#tell()
    this.#options.onFailure?.(new Error(`${aggregate} ${id} of ${tenant} was not taken in`, { cause: error }))
  }

  /** Nobody is told anything from here any more. */
  end(): void {
    this.#faults.clear()
    this.#unfolded.clear()
    this.#tell()
  }

  // It has been through a whole round since it was tried.
  #recovered(tenant: string): void {
    this.#options.logger.info({ tenant }, 'the tenant is told again')
    this.#faults.delete(tenant)
    this.#tell()
  }

  #failed(tenant: string, error: unknown): void {
    const { logger, metrics } = this.#options
    const failures = (this.#faults.get(tenant)?.failures ?? 0) + 1
    const restMs = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (failures - 1))
    this.#faults.set(tenant, { failures, retryAtMs: this.#nowMs + restMs, isTried: false })
    const reason = error instanceof Error ? error.message : String(error)
    metrics.failures.inc()
    logger.error(
      { err: error, tenant, failures, restMs },
      'nobody of a tenant is told now; trying again later',
    )
    this.#tell()
    this.#options.onFailure?.(new Error(`nobody of ${tenant} is told: ${reason}`, { cause: error }))
  }

  #tell(): void {
    const { metrics, part, onFailing } = this.#options
    const tenants = new Set([...this.#faults.keys(), ...this.#unfolded]).size
    metrics.failing.set({ part: String(part) }, tenants)
    onFailing?.(tenants)
  }
}

// A time that is further ahead than it can be is of a clock that was put back.
const hasRested = ({ retryAtMs }: Fault, nowMs: number): boolean =>
  retryAtMs <= nowMs || retryAtMs > nowMs + LONGEST_REST_MS
