// Where each agent's cell stands on the map: groups as blocks, the largest cell size that fits the room there is.

import type { FleetMap, Status } from '../lib/api-types.ts'

export type MapAgent = FleetMap['agents'][number]
export type MapGroup = { readonly label: string; readonly agents: readonly MapAgent[] }
export type Cell = { readonly x: number; readonly y: number; readonly agent: MapAgent }
export type MapLayout = {
  readonly size: number
  readonly gap: number
  readonly height: number
  readonly cells: readonly Cell[]
  readonly labels: readonly {
    readonly x: number
    readonly y: number
    readonly text: string
    readonly count: number
  }[]
}

const LARGEST = 26
const SMALLEST = 3
const LABEL_HEIGHT = 18
const GROUP_SPACE = 10
const RANK: Readonly<Record<Status, number>> = { offline: 0, unknown: 1, pending: 2, online: 3 }

/** The part of `env:prod` before its colon; the whole of a plain tag is its own key. */
const keyOf = (tag: string): string => (tag.includes(':') ? tag.slice(0, tag.indexOf(':')) : tag)

/** Tag keys worth grouping by: those that more than one agent carries with more than one value, commonest first. */
export function groupKeys(agents: readonly MapAgent[]): string[] {
  const values = new Map<string, Set<string>>()
  for (const agent of agents)
    for (const tag of agent.tags) values.set(keyOf(tag), (values.get(keyOf(tag)) ?? new Set()).add(tag))
  return [...values]
    .filter(([, tags]) => tags.size > 1)
    .map(([key]) => key)
    .toSorted()
}

/** Agents by the value of their tag with this key, worst status first in each group; undefined key: one group. */
export function groupAgents(
  agents: readonly MapAgent[],
  key: string | undefined,
  without: string,
): MapGroup[] {
  const groups = new Map<string, MapAgent[]>()
  for (const agent of agents) {
    const tag = key === undefined ? '' : agent.tags.find((candidate) => keyOf(candidate) === key)
    const label = tag === undefined ? without : tag.slice(tag.indexOf(':') + 1)
    const group = groups.get(label)
    if (group) group.push(agent)
    else groups.set(label, [agent])
  }
  return [...groups]
    .map(([label, members]) => ({
      label,
      agents: members.toSorted((a, b) => RANK[a.status] - RANK[b.status] || (a.name < b.name ? -1 : 1)),
    }))
    .toSorted((a, b) => (a.label === without ? 1 : b.label === without ? -1 : a.label < b.label ? -1 : 1))
}

/** The layout with the largest cells whose height stays within `maxHeight`; smaller than 3 px it grows downwards. */
export function layoutMap(groups: readonly MapGroup[], width: number, maxHeight: number): MapLayout {
  for (let size = LARGEST; size > SMALLEST; size--) {
    const layout = layoutAt(groups, width, size)
    if (layout.height <= maxHeight) return layout
  }
  return layoutAt(groups, width, SMALLEST)
}

function layoutAt(groups: readonly MapGroup[], width: number, size: number): MapLayout {
  const gap = size >= 10 ? 3 : size >= 5 ? 2 : 1
  const pitch = size + gap
  const perRow = Math.max(1, Math.floor((width + gap) / pitch))
  const titled = groups.length > 1
  const cells: Cell[] = []
  const labels: { x: number; y: number; text: string; count: number }[] = []
  let y = 0
  for (const group of groups) {
    if (titled) labels.push({ x: 0, y: y + 12, text: group.label, count: group.agents.length })
    const top = y + (titled ? LABEL_HEIGHT : 0)
    for (const [i, agent] of group.agents.entries()) {
      cells.push({ x: (i % perRow) * pitch, y: top + Math.floor(i / perRow) * pitch, agent })
    }
    y = top + Math.ceil(group.agents.length / perRow) * pitch + (titled ? GROUP_SPACE : 0)
  }
  return { size, gap, height: y, cells, labels }
}

/** Index of the cell at a point, or -1. */
export const cellAt = (layout: MapLayout, x: number, y: number): number =>
  layout.cells.findIndex(
    (cell) =>
      x >= cell.x &&
      x < cell.x + layout.size + layout.gap &&
      y >= cell.y &&
      y < cell.y + layout.size + layout.gap,
  )

/** The cell nearest in a direction of the arrow keys; stays where it is at the edge. */
export function neighbour(layout: MapLayout, from: number, key: string): number {
  const last = layout.cells.length - 1
  if (key === 'Home') return 0
  if (key === 'End') return last
  if (key === 'ArrowLeft') return Math.max(0, from - 1)
  if (key === 'ArrowRight') return Math.min(last, from + 1)
  const here = layout.cells[from]
  if (!here) return 0
  const down = key === 'ArrowDown'
  const rows = layout.cells
    .map((cell, i) => ({ cell, i }))
    .filter(({ cell }) => (down ? cell.y > here.y : cell.y < here.y))
  const best = rows.toSorted(
    (a, b) =>
      Math.abs(a.cell.y - here.y) - Math.abs(b.cell.y - here.y) ||
      Math.abs(a.cell.x - here.x) - Math.abs(b.cell.x - here.x),
  )[0]
  return best ? best.i : from
}
