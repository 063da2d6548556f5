// What the fleet table shows, read from and written to the address.

import type { FleetFilter, FleetSort, Status } from '../lib/api-types.ts'

export const STATUSES: readonly Status[] = ['offline', 'unknown', 'pending', 'online']
export const SORTS: readonly FleetSort[] = [
  'name',
  'status',
  'cpu',
  'memory',
  'disk',
  'load',
  'last_seen',
  'enrolled',
]

export type FleetView = {
  readonly text: string
  readonly statuses: readonly Status[]
  readonly tag: string | undefined
  readonly simulated: boolean | undefined
  readonly sort: FleetSort
  readonly descending: boolean
}

/** Reads the address; what it does not understand it leaves out. */
export function fleetView(search: URLSearchParams): FleetView {
  const wanted = (search.get('status') ?? '').split(',')
  const simulated = search.get('simulated')
  return {
    text: (search.get('q') ?? '').slice(0, 200),
    statuses: STATUSES.filter((status) => wanted.includes(status)),
    tag: search.get('tag')?.slice(0, 64) || undefined,
    simulated: simulated === 'true' ? true : simulated === 'false' ? false : undefined,
    sort: SORTS.find((sort) => sort === search.get('sort')) ?? 'name',
    descending: search.get('order') === 'desc',
  }
}

/** The question the API is asked. */
export const fleetQuery = (view: FleetView): Omit<FleetFilter, 'limit' | 'offset'> => ({
  ...(view.text ? { q: view.text } : {}),
  ...(view.statuses.length > 0 ? { status: view.statuses.join(',') } : {}),
  ...(view.tag ? { tag: view.tag } : {}),
  ...(view.simulated === undefined ? {} : { simulated: view.simulated ? 'true' : 'false' }),
  sort: view.sort,
  order: view.descending ? 'desc' : 'asc',
})

/** Whether anything is left out by the filters. */
export const isFiltered = (view: FleetView): boolean =>
  view.text !== '' || view.statuses.length > 0 || view.tag !== undefined || view.simulated !== undefined

/** Address parameters after a press on a column's head: first ascending (numbers: descending), then the other way. */
export function sortParameters(
  view: FleetView,
  sort: FleetSort,
): { sort: string | undefined; order: string | undefined } {
  const numbers = sort !== 'name' && sort !== 'status'
  const descending = view.sort === sort ? !view.descending : numbers
  return { sort: sort === 'name' ? undefined : sort, order: descending ? 'desc' : undefined }
}

/** Address parameter after a press on a status: it joins or leaves the filter. */
export function toggledStatuses(view: FleetView, status: Status): string | undefined {
  const next = STATUSES.filter((each) => (each === status) !== view.statuses.includes(each))
  return next.length === 0 ? undefined : next.join(',')
}
