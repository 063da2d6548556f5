// Alerts that are open by EVENTS: what an evaluator that has lost its state goes on with.

import { alert as alertDecider, type AlertState } from '@secumon/domain/alert/alert'
import type { OpenAlert } from '@secumon/domain/evaluation/adopt-alerts'
import { eventsOf } from '@secumon/infra/eventlog/handle'
import type { EnvelopeFact } from '../../projector.ts'

/** Folds alerts, and remembers those that are open. */
export class OpenAlerts {
  readonly #open = new Map<string, OpenAlert>()

  read(facts: readonly EnvelopeFact[]): void {
    for (const { aggregate, tenant, id, envelope } of facts) {
      if (aggregate !== 'alert') continue
      const state = eventsOf(envelope).reduce<AlertState>(alertDecider.evolve, this.#open.get(id)?.state)
      if (state && state.phase !== 'resolved') this.#open.set(id, { id, tenant, state })
      else this.#open.delete(id)
    }
  }

  all(): OpenAlert[] {
    return [...this.#open.values()]
  }
}
