// Messages to channels for somebody at a terminal: one line each, or one with every attempt.

import type { NotificationRow } from '@secumon/projections/alerts/queries/notifications'
import { table } from '../status/table.ts'

const SHOWN_CHARACTERS = 80

type Attempt = NotificationRow['attempts'][number]

/** A table, the newest first. */
export function messageTable(rows: readonly NotificationRow[]): string {
  const heading = ['ID', 'DUE', 'STATE', 'CHANNEL', 'WHAT', 'ALERTS', 'ATTEMPTS', 'WHY']
  const lines = rows.map((row) => [
    row.id,
    timeText(row.due_at),
    row.state,
    channelText(row),
    whatText(row),
    String(row.alerts.length),
    String(row.attempts.length),
    row.state === 'delivered' ? '' : oneLine(row.reason ?? '').slice(0, SHOWN_CHARACTERS),
  ])
  return table(heading, lines).join('\n')
}

/** One with what became of each attempt. */
export function messageText(row: NotificationRow): string {
  const facts: [string, string | null][] = [
    ['message', row.id],
    ['state', stateText(row)],
    ['channel', `${channelText(row)} ${row.channel.id}`],
    ['what', whatText(row)],
    ['incident', row.incident],
    ['for', [row.schedule?.name, row.member].filter(Boolean).join(': ')],
    ['alerts', row.alerts.map(({ alert, state }) => `${alert} ${state}`).join(', ')],
    ['due', timeText(row.due_at)],
    ['again at', row.retry_at === null ? null : timeText(row.retry_at)],
    ['delivered', row.delivered_at === null ? null : timeText(row.delivered_at)],
  ]
  const told = facts.flatMap(([name, value]) => (value ? [`${name.padEnd(10)} ${value}`] : []))
  return [...told, ...attemptLines(row.attempts)].join('\n')
}

function attemptLines(attempts: readonly Attempt[]): string[] {
  if (attempts.length === 0) return []
  const heading = ['ATTEMPT', 'BEGUN', 'TOOK', 'OUTCOME', 'ANSWER']
  const lines = attempts.map(({ attempt, started_at, took_ms, outcome, answer, reason }) => [
    String(attempt),
    started_at === null ? '' : timeText(started_at),
    took_ms === null ? '' : `${took_ms} ms`,
    outcome ?? 'under way',
    oneLine(reason ?? answer ?? ''),
  ])
  return ['', ...table(heading, lines)]
}

const channelText = ({ channel: { name, kind, id } }: NotificationRow): string =>
  kind === null ? (name ?? id) : `${name ?? id} (${kind})`

const whatText = ({ test, kind, step }: NotificationRow): string =>
  test ? 'test' : step === 0 ? kind : `${kind}, step ${step + 1}`

function stateText({ state, refused }: NotificationRow): string {
  if (state !== 'dead') return state
  return refused ? 'dead: refused by the service' : 'dead: tried as often as it may be'
}

const timeText = (ms: number): string => new Date(ms).toISOString().slice(0, 19) + 'Z'

// What a service answered must not move the cursor of who reads it.
const oneLine = (text: string): string => text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim()
