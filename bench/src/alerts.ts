// `npm run bench -- alerts [--peers]`: twenty rules over a fleet whose values cross thresholds at known moments; how long it
// takes until a web server on this machine is told, and what that costs every process. With --peers the same rules in
// Prometheus and Alertmanager, in the same run.

import { measurePrometheus } from './alerts/prometheus.ts'
import { summary, type AlertsPlan } from './alerts/measured.ts'
import { measureSecumon } from './alerts/secumon.ts'
import { printJson, printTable, type Row } from './table.ts'

const SETTLE_SECONDS = 60

export type AlertsBenchOptions = {
  readonly agents: number
  /** While times are taken; settling comes before. */
  readonly minutes: number
  readonly periodSeconds: number
  readonly seed: number
  /** Of the agents, that cross a threshold once. */
  readonly share: number
  readonly peers: boolean
  /** Seconds between two evaluations of a rule by Prometheus, and Alertmanager's group wait. */
  readonly evaluationSeconds: number
  readonly groupWaitSeconds: number
  /** Where a V8 CPU profile of the alerter is written; absent: none. */
  readonly profile?: string
}

export async function benchAlerts(options: AlertsBenchOptions): Promise<void> {
  const { peers, profile, agents, periodSeconds } = options
  const plan = planOf(options)
  const ours = await measureSecumon(plan, profile)
  printTable(`secumon, ${agents} agents, 20 rules, every ${periodSeconds} s`, ours.processes)
  printTable('from the gateway’s reception of a frame', ours.stages)
  const rows: Row[] = [summary(ours)]
  if (peers) {
    const theirs = await measurePrometheus(plan, options)
    printTable(theirs.product, theirs.processes)
    if (theirs.missedEvaluations > 0) console.log(`${theirs.missedEvaluations} evaluations were left out`)
    rows.push({ ...summary(theirs), 'evaluations left out': theirs.missedEvaluations })
    printJson({ processes: theirs.processes })
  }
  printTable(`from a value’s crossing to the webhook, seed ${options.seed}`, rows)
  printJson({ bench: 'alerts', ...options, processes: ours.processes, stages: ours.stages, rows })
}

function planOf({ agents, minutes, periodSeconds, seed, share }: AlertsBenchOptions): AlertsPlan {
  const settled = Math.ceil(SETTLE_SECONDS / periodSeconds)
  const ticks = settled + Math.ceil((minutes * 60) / periodSeconds)
  return { seed, agents, ticks, settled, share, periodSeconds }
}
