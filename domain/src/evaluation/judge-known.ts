// Whether the host of an alert is known. While no gateway is there to hear it nobody can say whether the alert still fires:
// the alerts that do are told so, once, and once more when the host was heard or is offline.

import { agentStatus } from '../agent-status.ts'
import type { TickContext } from './judge-status.ts'
import type { JudgedFrame } from './judged-frame.ts'
import { SampleMoment, tickMoment, type Moment } from './moment.ts'
import { eachSeries } from './series.ts'
import { decide, evidenceOf, type Desk } from './turn.ts'
import type { Watched } from './watched.ts'

export function judgeKnown(agent: Watched, { hearing, tickMs, desk }: TickContext): void {
  const isUnknown = agentStatus(hearing, agent.receivedMs, agent.periodMs) === 'unknown'
  if (isUnknown || agent.isUnknown) tellAlerts(agent, isUnknown, { moment: tickMoment(tickMs), desk })
}

/** A frame tells more than the next tick would. */
export function knownAgain(agent: Watched, frame: JudgedFrame, desk: Desk): void {
  if (!agent.isUnknown) return
  const { periodMs } = agent
  const moment = new SampleMoment(frame, 0, { atMs: frame.receivedAtMs, periodMs })
  tellAlerts(agent, false, { moment, desk })
}

type Telling = { readonly moment: Moment; readonly desk: Desk }

function tellAlerts(agent: Watched, isUnknown: boolean, { moment, desk }: Telling): void {
  agent.isUnknown = isUnknown
  const kind = isUnknown ? 'LoseHost' : 'FindHost'
  agent.plan.rules.forEach((rule, place) =>
    eachSeries(agent.slots[place], ({ active }, dimension) => {
      if (active?.told !== 'firing' || active.hostUnknown === isUnknown) return
      active.hostUnknown = isUnknown
      const turn = { rule, agent, dimension, moment }
      decide(turn, active, { kind, evidence: evidenceOf(turn, { phase: 'firing' }) }, desk)
    }),
  )
}
