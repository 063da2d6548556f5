// An evaluator's decisions as spans of time: from when until when an alert would have been pending, and firing.

import type { AlertSeed, Decision } from '@secumon/domain/evaluation/decision'

/** One alert that there would have been, as far as it fired or was about to. */
export type Span = {
  readonly dimension: string
  readonly state: 'pending' | 'firing'
  readonly fromMs: number
  /** Undefined: it goes on. */
  readonly toMs: number | undefined
  readonly value: number | undefined
}

type Open = { readonly dimension: string; span: Span }

/** Decisions as spans, alert by alert. */
export class Spans {
  readonly #done: Span[] = []
  readonly #open = new Map<string, Open>()
  readonly #dimensions = new Map<string, string>()

  readonly alertId = ({ dimension }: AlertSeed): string => {
    const id = String(this.#dimensions.size).padStart(26, '0')
    this.#dimensions.set(id, dimension)
    return id
  }

  take(decisions: readonly Decision[]): void {
    for (const { alert, command } of decisions) {
      if (!('evidence' in command)) continue
      const atMs = Number(command.evidence.atMs)
      if (command.kind === 'Pend')
        this.#begin(alert, { state: 'pending', atMs, value: command.evidence.value })
      if (command.kind === 'Fire')
        this.#begin(alert, { state: 'firing', atMs, value: command.evidence.value })
      if (command.kind === 'Resolve') this.#end(alert, atMs)
    }
  }

  /** In the order in which they began. */
  all(): Span[] {
    const open = [...this.#open.values()].map(({ span }) => span)
    return [...this.#done, ...open].toSorted((a, b) => a.fromMs - b.fromMs)
  }

  #begin(alert: string, begun: Pick<Span, 'state' | 'value'> & { readonly atMs: number }): void {
    this.#end(alert, begun.atMs)
    const dimension = this.#dimensions.get(alert) ?? ''
    const { state, value, atMs } = begun
    this.#open.set(alert, { dimension, span: { dimension, state, fromMs: atMs, toMs: undefined, value } })
  }

  #end(alert: string, atMs: number): void {
    const open = this.#open.get(alert)
    this.#open.delete(alert)
    if (open) this.#done.push({ ...open.span, toMs: atMs })
  }
}
