// The table at the end of a run.

import type { Run } from './run.ts'

/** Kinds with how often they struck and how long healing took, then the totals. */
export function summary({ outcomes, verdict }: Run, totalS: number): string {
  const kinds = Map.groupBy(outcomes, ({ fault }) => fault.kind)
  const lines = [...kinds].map(([kind, those]) => {
    const heals = those.map(({ healS }) => healS)
    const mean = heals.reduce((sum, s) => sum + s, 0) / heals.length
    const most = Math.max(...heals).toFixed(1)
    return `${kind.padEnd(20)} ${String(those.length).padStart(4)} ×   healed in ${mean.toFixed(1)} s, at most ${most} s`
  })
  const { observations, rows, ...others } = verdict
  const figures = Object.entries(others).map(([name, count]) => `${name} ${count}`)
  return [
    '',
    ...lines,
    '',
    `${outcomes.length} faults in ${(totalS / 60).toFixed(1)} min: ${observations} observations promised, ${rows} rows, none lost, none twice`,
    figures.join(' · '),
  ].join('\n')
}
