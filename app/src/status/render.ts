// A status for people: tables, then what is wrong.

import { coloured } from './colour.ts'
import { age, bytes, number, percent } from './figures.ts'
import type { PlatformStatus } from './platform-status.ts'
import type { FullStatus } from './full-status.ts'
import { table } from './table.ts'

/** Colours where the output is a terminal that wants them. */
export function render(status: FullStatus, nowMs: number): string {
  const { api, platform, problems } = status
  return [
    ...(api ? roles(api) : []),
    ...(platform ? platformLines(platform, nowMs) : []),
    '',
    ...(problems.length === 0 ? [coloured('green', 'nothing is wrong')] : problems.map(problemLine)),
  ].join('\n')
}

const problemLine = (line: string): string => `${coloured('red', '!')} ${line}`

function roles({ version, url, status, roles: all }: NonNullable<FullStatus['api']>): string[] {
  const lines = Object.entries(all).map(
    ([name, { status: state, detail = '' }]) => `  ${name.padEnd(12)} ${state.padEnd(10)} ${detail}`,
  )
  return [coloured('bold', `SecuMon ${version} at ${url}: ${status}`), ...lines.map((line) => line.trimEnd())]
}

const platformLines = (status: PlatformStatus, nowMs: number): string[] => [
  ...titled(['LOG', 'MESSAGES', 'SIZE', 'LIMIT', 'FULL'], streamRows(status)),
  ...titled(['PROJECTION', 'STREAM', 'BEHIND', 'OLDEST', 'DEAD LETTERS', 'HOLES'], lagRows(status)),
  ...reactorLines(status, nowMs),
  '',
  ...archiveLines(status, nowMs),
]

function titled(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const [title = '', ...lines] = table(heading, rows)
  return ['', coloured('bold', title), ...lines]
}

const streamRows = ({ streams }: PlatformStatus): string[][] =>
  streams.map(({ stream, messages, bytes: used, maxBytes }) => [
    stream,
    number(messages),
    bytes(used),
    maxBytes > 0 ? bytes(maxBytes) : '-',
    maxBytes > 0 ? percent(used / maxBytes) : '-',
  ])

// Of the whole projection, and so in its first line only.
function lagRows({ lags, deadLetters, holes }: PlatformStatus): string[][] {
  const countOf = (counts: PlatformStatus['holes'], projection: string): string =>
    number(counts.find((each) => each.projection === projection)?.count ?? 0)
  return lags.map(({ projection, stream, backlog, lagMs }, i) => {
    const isFirst = lags[i - 1]?.projection !== projection
    const troubles = isFirst ? [countOf(deadLetters, projection), countOf(holes, projection)] : ['', '']
    return [isFirst ? projection : '', stream, number(backlog), backlog > 0 ? age(lagMs) : '-', ...troubles]
  })
}

function reactorLines({ reactors }: PlatformStatus, nowMs: number): string[] {
  const rows = reactors.map(({ reactor, partition, stream, savedAtMs, backlog, bytes: size }) => [
    `${reactor} ${partition}`,
    stream,
    age(nowMs - savedAtMs),
    number(backlog),
    bytes(size),
  ])
  return rows.length > 0 ? titled(['ALERTING', 'STREAM', 'SAVED BEFORE', 'SINCE THEN', 'STATE'], rows) : []
}

function archiveLines({ database, archive, leases, rebuilds }: PlatformStatus, nowMs: number): string[] {
  const { flush, committedAtMs, contents, disk } = archive
  const parts = [
    flush === 0
      ? 'nothing archived yet'
      : `flush ${number(flush)}, ${age(nowMs - (committedAtMs ?? nowMs))} ago`,
    contents &&
      `${number(contents.leaves)} leaves in ${number(contents.segments)} segments, ${bytes(contents.bytes)}`,
    disk && `${bytes(disk.freeBytes)} free`,
  ].filter((part) => part !== undefined)
  const led = leases
    .filter(({ name, held }) => held && !name.includes('/'))
    .map(({ name, holder }) => `${name} by ${shortHolder(holder)}`)
  return [
    `database  ${database}`,
    `archive   ${parts.join(' · ')}`,
    `led       ${led.length > 0 ? led.join(' · ') : 'nothing'}`,
    ...rebuilds.map(
      ({ projection, generation, phase, share }) =>
        `rebuild   ${projection} generation ${generation}: ${phase}, ${percent(share)}`,
    ),
  ]
}

// Host and process; the rest only tells one term from the next.
const shortHolder = (holder: string): string => holder.split('/').slice(0, 2).join('/')
