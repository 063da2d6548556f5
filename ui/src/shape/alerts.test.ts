import { describe, expect, it } from 'vitest'
import { en } from '../i18n/en.ts'
import type { AlertEvent, AlertRow, Unreached } from '../lib/alerting-types.ts'
import {
  alertQuery,
  alertView,
  isAlertFiltered,
  isNewCritical,
  isQuiet,
  patchedAlerts,
  toggledSeverities,
  toggledStates,
} from './alert-filter.ts'
import { alertSpans, alertWindow } from './alert-spans.ts'
import { actorName, eventText, muteText, subjectOf, unreachedText } from './alert-text.ts'
import { metricName, metricUnit } from './metric-text.ts'
import { alertRow } from './testing/alerts.ts'

const MUTE = { stage: '', by: 'S', by_name: null, detail: '', since: 1, until: null }
const view = (text: string) => alertView(new URLSearchParams(text))

describe('alert filter', () => {
  it('shows the worst that fires when nothing is said', () =>
    expect(alertQuery(view(''))).toEqual({ state: 'firing', sort: 'worst' }))
  it('reads the address and drops what it does not know', () =>
    expect(alertQuery(view('state=resolved,asleep&severity=critical,huge&q=disk&open=true'))).toEqual({
      q: 'disk',
      state: 'resolved',
      severity: 'critical',
      open: 'true',
      sort: 'newest',
    }))
  it('asks for a rule of the platform as such', () =>
    expect(alertQuery(view('rule=R&platform=true'))).toMatchObject({ rule: 'R', rule_platform: 'true' }))
  it('sorts as the address says, else what is over by its age', () => {
    expect(alertQuery(view('state=resolved')).sort).toBe('newest')
    expect(alertQuery(view('state=resolved&sort=worst')).sort).toBe('worst')
    expect(alertQuery(view('sort=upwards')).sort).toBe('worst')
  })
  it('any state is a word of its own', () => {
    expect(toggledStates(view(''), 'firing')).toBe('any')
    expect(alertQuery(view('state=any'))).toEqual({ sort: 'newest' })
  })
  it('toggles states and severities, and forgets the usual choice', () => {
    expect(toggledStates(view(''), 'pending')).toBe('firing,pending')
    expect(toggledStates(view('state=firing,pending'), 'pending')).toBeUndefined()
    expect(toggledSeverities(view('severity=critical'), 'critical')).toBeUndefined()
  })
  it('knows when something is left out', () =>
    expect([isAlertFiltered(view('')), isAlertFiltered(view('state=any'))]).toEqual([false, true]))
})

describe('live rows', () => {
  it('lays newer rows over older ones and never the other way', () => {
    const held = [alertRow({ id: 'a', version: 3 }), alertRow({ id: 'b', version: 1 })]
    const next = patchedAlerts(held, [
      alertRow({ id: 'a', version: 2, state: 'resolved' }),
      alertRow({ id: 'b', version: 2, state: 'resolved' }),
      alertRow({ id: 'c' }),
    ])
    expect(next.map(({ id, state }) => [id, state])).toEqual([
      ['a', 'firing'],
      ['b', 'resolved'],
    ])
  })
  it('keeps the array when nothing of it changed', () => {
    const held = [alertRow({ id: 'a' })]
    expect(patchedAlerts(held, [alertRow({ id: 'c' })])).toBe(held)
  })
  it.each<[string, Partial<AlertRow>, boolean]>([
    ['a critical one that has just fired', {}, true],
    ['one that fired long ago', { fired_at: 5 }, false],
    ['a warning', { severity: 'warning' }, false],
    ['a late one', { late: true }, false],
    ['one that a silence mutes', { muted: { ...MUTE, stage: 'silence' } }, false],
    ['one that no policy takes', { muted: { ...MUTE, stage: 'no_policy' } }, true],
  ])('announces %s: %s', (_name, change, announced) =>
    expect(isNewCritical(alertRow({ severity: 'critical', fired_at: 100, ...change }), 50)).toBe(announced),
  )
  it.each([
    ['silence', true],
    ['maintenance', true],
    ['dependency', true],
    ['no_policy', false],
    ['active_hours', false],
  ])('what stage %s mutes is quiet: %s', (stage, quiet) =>
    expect(isQuiet(alertRow({ muted: { ...MUTE, stage } }))).toBe(quiet),
  )
})

const event = (kind: AlertEvent['kind'], at: number): AlertEvent => ({
  version: 1, at, kind, by: null, evidence: null, note: null, resolution: null, change_percent: null, expires_at: null,
  sticky: null, end: null, labels: null,
}) // prettier-ignore

describe('spans of an alert', () => {
  it('follows it from pending to resolved', () =>
    expect(
      alertSpans(
        [event('pending', 1), event('fired', 3), event('acknowledged', 5), event('resolved', 9)],
        [],
        20,
      ),
    ).toEqual([
      { kind: 'pending', fromMs: 1, toMs: 3 },
      { kind: 'firing', fromMs: 3, toMs: 9 },
      { kind: 'acknowledged', fromMs: 5, toMs: 9 },
    ]))
  it('what goes on ends now, a maintenance too', () =>
    expect(
      alertSpans(
        [event('pending', 1), event('fired', 1)],
        [{ stage: 'maintenance', by: 'M', by_name: 'night', detail: '', since: 4, until: null }],
        20,
      ),
    ).toEqual([
      { kind: 'firing', fromMs: 1, toMs: 20 },
      { kind: 'maintenance', fromMs: 4, toMs: 20 },
    ]))
  it('shows as much before as the alert is long, at most a day', () => {
    const hour = 3_600_000
    expect(alertWindow({ began_at: 100 * hour, resolved_at: null }, 102 * hour)).toEqual({
      fromMs: 98 * hour,
      toMs: 102 * hour,
    })
    expect(alertWindow({ began_at: 100 * hour, resolved_at: null }, 200 * hour).fromMs).toBe(76 * hour)
  })
})

describe('words', () => {
  it('names what mutes', () => {
    const mute = { stage: 'silence', by: 'S', by_name: 'disk swap', detail: '', since: 1, until: null }
    expect(muteText(mute, en)).toBe('Silence: disk swap')
    expect(muteText({ ...mute, stage: 'new_stage', by_name: null }, en)).toBe('Muted: new_stage')
  })
  it('names who did it', () => {
    expect(actorName({ kind: 'user', id: 'u', name: 'anna' }, en, 'x')).toBe('anna')
    expect(actorName({ kind: 'user', id: 'u', name: 'anna' }, en, 'u')).toBe('you')
    expect(actorName(null, en)).toBe('somebody')
  })
  it('tells ends of acknowledgements apart', () => {
    expect(eventText({ ...event('unacknowledged', 1), end: 'expired' }, 'anna', en)).toMatch(/expired/)
    expect(eventText({ ...event('unacknowledged', 1), end: 'taken_back' }, 'anna', en)).toMatch(/anna/)
  })
  it('names the subject', () =>
    expect(subjectOf(alertRow({ agent: { id: 'A', name: 'db-1' }, dimension: '/var' }), en)).toBe(
      'db-1 · /var',
    ))
  it('knows metrics and their units', () => {
    expect([metricUnit('cpu.usage_percent'), metricUnit('network.receive_bytes')]).toEqual([
      'percent',
      'bytes_per_second',
    ])
    expect([metricUnit('platform.lag_seconds'), metricName('platform.holes', 'fr')]).toEqual([
      'seconds',
      'Trous dans les chaînes, dernière heure',
    ])
    expect(metricName('offline', 'en')).toBe('offline')
  })
})

describe('whom a round did not reach', () => {
  const missing = (some: Partial<Unreached>): string =>
    unreachedText(
      { step: 0, reason: 'channel_gone', channel: null, schedule: null, member: null, ...some },
      en,
    )
  const days = { id: 'S', name: 'days' }
  const phone = { id: 'C', name: 'phone' }
  it.each([
    [{ reason: 'nobody_on_call', schedule: days }, 'Nobody was on call in days'],
    [{ reason: 'schedule_gone', schedule: { id: 'S', name: null } }, 'The on-call schedule S is gone'],
    [{ channel: phone }, 'The channel phone is gone'],
    [{ channel: phone, schedule: days, member: 'first' }, 'The channel phone of first is gone'],
  ] as const)('%j', (some, text) => expect(missing(some)).toBe(text))
})
