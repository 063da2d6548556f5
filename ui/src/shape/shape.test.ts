import { describe, expect, it } from 'vitest'
import type { FleetAgent } from '../lib/api-types.ts'
import { faultsOf, tagsOf } from './agent-form.ts'
import { columnsOf, toggledColumns } from './columns.ts'
import { FLEET_COLUMNS, fleetCsv } from './fleet-columns.ts'
import { fleetQuery, fleetView, isFiltered, sortParameters, toggledStatuses } from './fleet-filter.ts'
import { agentPath, routeOf } from './routes.ts'
import { deedOf } from './shortcuts.ts'
import { isStale } from './staleness.ts'
import { formatAge, formatDuration } from './time-format.ts'

describe('routes', () => {
  it.each([
    ['/', { screen: 'overview' }],
    ['/agents', { screen: 'agents' }],
    ['/agents/A1', { screen: 'agent', id: 'A1', tab: 'overview' }],
    ['/agents/A1/disks', { screen: 'agent', id: 'A1', tab: 'disks' }],
    ['/agents/A1/nonsense', { screen: 'not-found' }],
    ['/agents/%E0%A4%A', { screen: 'not-found' }],
    ['/alerts', { screen: 'alerting', place: 'alerts', id: undefined }],
    ['/rules/new', { screen: 'alerting', place: 'rules', id: 'new' }],
    ['/silences/S1', { screen: 'not-found' }],
    ['/alerts/A/B', { screen: 'not-found' }],
  ])('%s', (path, route) => expect(routeOf(path)).toEqual(route))
  it('finds the agent of every path it makes', () =>
    expect(routeOf(agentPath('a/b ?', 'network'))).toEqual({ screen: 'agent', id: 'a/b ?', tab: 'network' }))
})

describe('fleet filter', () => {
  const view = (text: string): ReturnType<typeof fleetView> => fleetView(new URLSearchParams(text))
  it('reads the address and drops what it does not know', () => {
    expect(fleetQuery(view('q=web&status=offline,sleepy&tag=env:prod&sort=nothing&order=desc'))).toEqual({
      q: 'web',
      status: 'offline',
      tag: 'env:prod',
      sort: 'name',
      order: 'desc',
    })
  })
  it('knows when nothing is filtered', () =>
    expect([isFiltered(view('sort=cpu')), isFiltered(view('simulated=false'))]).toEqual([false, true]))
  it('sorts numbers from the top first, then turns round', () => {
    expect(sortParameters(view(''), 'cpu')).toEqual({ sort: 'cpu', order: 'desc' })
    expect(sortParameters(view('sort=cpu&order=desc'), 'cpu')).toEqual({ sort: 'cpu', order: undefined })
    expect(sortParameters(view('sort=cpu'), 'name')).toEqual({ sort: undefined, order: undefined })
  })
  it('adds and removes a status', () => {
    expect(toggledStatuses(view(''), 'offline')).toBe('offline')
    expect(toggledStatuses(view('status=offline,online'), 'online')).toBe('offline')
    expect(toggledStatuses(view('status=offline'), 'offline')).toBeUndefined()
  })
})

describe('columns', () => {
  it('always shows those that are fixed, in the table’s order', () =>
    expect(columnsOf(FLEET_COLUMNS, 'cpu,status,nonsense').map(({ id }) => id)).toEqual([
      'name',
      'status',
      'cpu',
    ]))
  it('switches one on and off, and is the empty list again when the usual ones are shown', () => {
    const without = toggledColumns(FLEET_COLUMNS, '', 'status')
    expect(columnsOf(FLEET_COLUMNS, without).some(({ id }) => id === 'status')).toBe(false)
    expect(toggledColumns(FLEET_COLUMNS, without, 'status')).toBe('')
    expect(toggledColumns(FLEET_COLUMNS, '', 'name')).toBe('')
  })
})

describe('fleet csv', () => {
  it('says the unit of each number, and traffic in bits as the table does', () => {
    const agent = { name: '=cmd', cpu_percent: 12.5, receive_bytes_per_second: 100, uptime_seconds: null }
    const text = fleetCsv(
      columnsOf(FLEET_COLUMNS, 'cpu,received,uptime'),
      [agent as FleetAgent],
      (key) => key,
    )
    expect(text).toBe("name,cpu (%),received (bit/s),uptime (s)\r\n'=cmd,12.5,800,\r\n")
  })
})

describe('times', () => {
  it.each([
    [400, '400 ms'],
    [12_000, '12 s'],
    [330_000, '5 min 30 s'],
    [1_500_000, '25 min'],
    [7_260_000, '2 h 1 min'],
    [90_000_000, '1 d 1 h'],
  ])('%i ms are %s', (ms, text) => expect(formatDuration(ms, 'en-GB')).toBe(text))
  it('says ages in both languages', () =>
    expect([formatAge(0, 5_000, 'en-GB'), formatAge(0, 5_000, 'fr-FR'), formatAge(0, 10, 'en-GB')]).toEqual([
      '5 s ago',
      'il y a 5 s',
      'now',
    ]))
  it('calls a value stale after three periods and the way', () =>
    expect([isStale(0, 10_000, 34_000), isStale(0, 10_000, 36_000)]).toEqual([false, true]))
})

describe('agent form', () => {
  it('splits and merges tags', () => expect(tagsOf(' env:prod, web  env:prod ')).toEqual(['env:prod', 'web']))
  it('names the field that is wrong', () =>
    expect(faultsOf({ name: ' ', tags: 'a b!' })).toEqual({ name: true, tags: true }))
})

describe('shortcuts', () => {
  const press = (key: string, more = {}): Parameters<typeof deedOf>[0] => ({
    key,
    ctrlOrMeta: false,
    alt: false,
    inField: false,
    ...more,
  })
  it('opens the palette even from a field', () =>
    expect(deedOf(press('K', { ctrlOrMeta: true, inField: true }), false)).toBe('palette'))
  it('does nothing while one types', () =>
    expect(deedOf(press('p', { inField: true }), false)).toBeUndefined())
  it('goes places after g', () =>
    expect([deedOf(press('a'), true), deedOf(press('a'), false)]).toEqual(['go-agents', undefined]))
})
