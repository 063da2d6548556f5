// The columns of the fleet table: what they are called, how wide, and what a spreadsheet gets.

import type { FleetAgent, FleetSort } from '../lib/api-types.ts'
import { toCsv, type Cell } from '@secumon/contracts/csv'
import type { Column } from './columns.ts'
import { bits, withUnit, type DisplayUnit } from './number-format.ts'

export type ColumnId =
  | 'name' | 'status' | 'cpu' | 'memory' | 'disk' | 'load' | 'received' | 'sent'
  | 'last_seen' | 'tags' | 'os' | 'hostname' | 'uptime' | 'agent_version' | 'enrolled' // prettier-ignore

export type FleetColumn = Column<ColumnId> & {
  readonly sort?: FleetSort
  readonly csv: (agent: FleetAgent) => Cell
  /** Of the number in the spreadsheet. */
  readonly unit?: DisplayUnit
}

const iso = (atMs: number | null): string => (atMs === null ? '' : new Date(atMs).toISOString())

export const FLEET_COLUMNS: readonly FleetColumn[] = [
  {
    id: 'name',
    title: 'name',
    track: 'minmax(170px, 1.6fr)',
    sort: 'name',
    usual: true,
    fixed: true,
    csv: (agent) => agent.name,
  },
  {
    id: 'status',
    title: 'status',
    track: '104px',
    sort: 'status',
    usual: true,
    csv: (agent) => agent.status,
  },
  {
    id: 'cpu',
    title: 'cpu',
    track: 'minmax(112px, 1fr)',
    sort: 'cpu',
    usual: true,
    csv: (agent) => agent.cpu_percent,
    unit: 'percent',
  },
  {
    id: 'memory',
    title: 'memory',
    track: 'minmax(112px, 1fr)',
    sort: 'memory',
    usual: true,
    csv: (agent) => agent.memory_percent,
    unit: 'percent',
  },
  {
    id: 'disk',
    title: 'disk',
    track: 'minmax(112px, 1fr)',
    sort: 'disk',
    usual: true,
    csv: (agent) => agent.disk_percent,
    unit: 'percent',
  },
  {
    id: 'load',
    title: 'load',
    track: '68px',
    sort: 'load',
    number: true,
    usual: true,
    csv: (agent) => agent.load_1,
  },
  {
    id: 'received',
    title: 'received',
    track: '100px',
    number: true,
    csv: (agent) => bits(agent.receive_bytes_per_second),
    unit: 'bits_per_second',
  },
  {
    id: 'sent',
    title: 'sent',
    track: '100px',
    number: true,
    csv: (agent) => bits(agent.transmit_bytes_per_second),
    unit: 'bits_per_second',
  },
  {
    id: 'last_seen',
    title: 'lastSeen',
    track: '120px',
    sort: 'last_seen',
    usual: true,
    csv: (agent) => iso(agent.last_seen),
  },
  {
    id: 'tags',
    title: 'tags',
    track: 'minmax(120px, 1.5fr)',
    usual: true,
    csv: (agent) => agent.tags.join(' '),
  },
  { id: 'os', title: 'os', track: 'minmax(110px, 1fr)', csv: (agent) => agent.os },
  { id: 'hostname', title: 'hostname', track: 'minmax(120px, 1.3fr)', csv: (agent) => agent.hostname },
  {
    id: 'uptime',
    title: 'uptime',
    track: '100px',
    number: true,
    csv: (agent) => agent.uptime_seconds,
    unit: 'seconds',
  },
  { id: 'agent_version', title: 'agentVersion', track: '80px', csv: (agent) => agent.agent_version },
  {
    id: 'enrolled',
    title: 'enrolled',
    track: '120px',
    sort: 'enrolled',
    csv: (agent) => iso(agent.enrolled_at),
  },
]

/** The agents as a file for a spreadsheet. @param text the titles in the viewer's language */
export const fleetCsv = (
  columns: readonly FleetColumn[],
  agents: readonly FleetAgent[],
  text: (key: FleetColumn['title']) => string,
): string =>
  toCsv(
    columns.map(({ title, unit }) => withUnit(text(title), unit)),
    agents.map((agent) => columns.map((column) => column.csv(agent))),
  )
