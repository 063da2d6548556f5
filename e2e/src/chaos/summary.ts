// The table at the end of a run.

import type { Outcome } from './run.ts'

/** Kinds with how often they struck and how long healing took, then the totals. */
export function summary(outcomes: readonly Outcome[], totalS: number): string {
  const kinds = Map.groupBy(outcomes, ({ fault }) => fault.kind)
  const lines = [...kinds].map(([kind, those]) => {
    const heals = those.map(({ healS }) => healS)
    const mean = heals.reduce((sum, s) => sum + s, 0) / heals.length
    return `${kind.padEnd(20)} ${String(those.length).padStart(4)} ×   healed in ${mean.toFixed(1)} s, at most ${Math.max(...heals).toFixed(1)} s`
  })
  const last = outcomes.at(-1)?.verdict
  const totals = last
    ? `${outcomes.length} faults in ${(totalS / 60).toFixed(1)} min · ${last.observations} observations, 0 lost, 0 doubled · ` +
      `set aside ${last.setAside}, abandoned ${last.abandoned}, holes ${last.holes}, dead letters ${last.deadLetters}`
    : 'no faults'
  return ['', ...lines, '', totals].join('\n')
}
