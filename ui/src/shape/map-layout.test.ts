import { describe, expect, it } from 'vitest'
import { cellAt, groupAgents, groupKeys, layoutMap, neighbour, type MapAgent } from './map-layout.ts'

const agents = (count: number): MapAgent[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `${i}`,
    name: `a${i}`,
    status: i % 9 === 0 ? 'offline' : 'online',
    tags: i % 2 ? ['site:oslo'] : ['site:bern', 'web'],
    cpu: 1,
  }))

describe('the fleet map', () => {
  it.each([1, 40, 900, 10_000])('places %i cells inside the width, none on another', (count) => {
    const layout = layoutMap(groupAgents(agents(count), undefined, ''), 800, 400)
    expect(layout.cells).toHaveLength(count)
    expect(new Set(layout.cells.map(({ x, y }) => `${x} ${y}`)).size).toBe(count)
    expect(Math.max(...layout.cells.map(({ x }) => x + layout.size))).toBeLessThanOrEqual(800)
  })
  it('fits 10,000 cells into 1100 by 420', () =>
    expect(layoutMap(groupAgents(agents(10_000), undefined, ''), 1100, 420).height).toBeLessThanOrEqual(420))
  it('groups by the value of a tag, worst status first', () => {
    const groups = groupAgents(agents(20), 'site', 'without')
    expect(groups.map((group) => group.label)).toEqual(['bern', 'oslo'])
    expect(groups[0]?.agents[0]?.status).toBe('offline')
  })
  it('offers only keys with several values', () => expect(groupKeys(agents(20))).toEqual(['site']))
  it('finds the cell under the pointer and the one below', () => {
    const layout = layoutMap(groupAgents(agents(200), undefined, ''), 300, 400)
    const second = layout.cells[1]
    if (!second) throw new Error('there are 200 cells')
    expect(cellAt(layout, second.x + 1, second.y + 1)).toBe(1)
    const below = layout.cells[neighbour(layout, 1, 'ArrowDown')]
    expect([below?.x, (below?.y ?? 0) > second.y]).toEqual([second.x, true])
    expect(neighbour(layout, 0, 'ArrowUp')).toBe(0)
  })
})
