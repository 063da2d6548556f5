// What of a status is wrong, and what to do about it: one line each. Pure.

import { FILLING_SHARE } from '@secumon/domain/platform'
import { failureText } from '@secumon/projections/reactors/part-failures'
import { JOBS_LEASE } from '@secumon/projections/storage/jobs-lease'
import type { ArchiveStatus } from './archive-status.ts'
import { age, bytes, count, percent } from './figures.ts'
import type { LagStatus } from './log-status.ts'
import type { PlatformStatus } from './platform-status.ts'
import { storageProblems } from './storage-problems.ts'

/** A projection this far behind is in trouble; the archive sooner, for agents keep their spools until it has all. */
const BEHIND_MS = 60_000
const ARCHIVE_BEHIND_MS = 15_000
/** What must be led, always, by some role archiver. */
const LED = ['clock', 'keeper', JOBS_LEASE]
/** What some role alerter has to do once it was done. */
const ALERTING = /^(evaluate|notify)-\d+$/
/** A reactor that works saves its state far more often. */
const UNSAVED_MS = 5 * 60_000

const NOT_RECONCILED =
  'the log takes nothing until it is compared with its archive: is a role archiver running? See its log'

/** Each line says what is wrong; then, behind a colon or a full stop, what to do. */
export function problems(status: PlatformStatus, nowMs: number): string[] {
  return [
    ...(status.reconciled ? [] : [NOT_RECONCILED]),
    ...fillProblems(status),
    ...status.lags.flatMap(lagProblem),
    ...archiveProblems(status.archive, nowMs),
    ...leaseProblems(status),
    ...alertingProblems(status, nowMs),
    ...storageProblems(status.storage, nowMs),
    ...status.failing.map((part) => `${failureText(part)}, and is tried again each time: ${part.reason}`),
    ...status.deadLetters.map(
      ({ projection, count: many }) =>
        `${count(many, 'dead letter')} of ${projection}: see \`secumon dead-letters ls --projection ${projection}\`, then retry or drop`,
    ),
    ...status.holes.map(
      ({ projection, count: many }) =>
        `${projection} found ${count(many, 'hole')} in the log since yesterday: ${holeAdvice(projection)}`,
    ),
    ...(status.forks > 0
      ? [
          `log and archive differ in ${count(status.forks, 'place')}: see the log of the role archiver; the archive is the evidence`,
        ]
      : []),
  ]
}

const holeAdvice = (projection: string): string =>
  projection === 'archive'
    ? 'what is missing was never archived; see docs/operating.md, "when NATS lost its store"'
    : `run \`secumon rebuild ${projection}\`, which takes them from the archive`

const fillProblems = ({ streams, lags }: PlatformStatus): string[] =>
  streams.flatMap(({ stream, bytes: used, maxBytes }) => {
    if (maxBytes === 0 || used < FILLING_SHARE * maxBytes) return []
    const slowest = lags
      .filter((lag) => lag.stream === stream)
      .toSorted((a, b) => b.backlog - a.backlog)
      .find(({ backlog }) => backlog > 0)
    const why = slowest
      ? `${slowest.projection} holds ${count(slowest.backlog, 'message')} back`
      : 'give the stream more room'
    return [`${stream} is ${percent(used / maxBytes)} full, and agents wait when it is full: ${why}`]
  })

function lagProblem({ projection, stream, backlog, lagMs }: LagStatus): string[] {
  if (lagMs <= (projection === 'archive' ? ARCHIVE_BEHIND_MS : BEHIND_MS)) return []
  const role = projection.includes('archive') ? 'archiver' : 'projector'
  return [
    `${projection} is ${age(lagMs)} behind on ${stream} (${count(backlog, 'message')}): is a role ${role} running? See its log`,
  ]
}

function archiveProblems({ fullSinceMs, disk }: ArchiveStatus, nowMs: number): string[] {
  if (fullSinceMs !== null) {
    const since = age(nowMs - fullSinceMs)
    return [`the archive has had no room for ${since}, and agents keep what they have: make room on its disk`]
  }
  return disk?.short
    ? [`the disk of ${disk.directory} has ${bytes(disk.freeBytes)} left, its reserve is in use: make room`]
    : []
}

const leaseProblems = ({ leases }: PlatformStatus): string[] => {
  const missing = LED.filter((name) => !leases.some((lease) => lease.name === name && lease.held))
  return missing.length > 0
    ? [`nobody does ${missing.join(', ')}: start a role archiver (\`secumon run archiver\`)`]
    : []
}

function alertingProblems({ leases, reactors }: PlatformStatus, nowMs: number): string[] {
  const idle = leases.filter(({ name, held }) => ALERTING.test(name) && !held).map(({ name }) => name)
  if (idle.length > 0)
    return [
      `nobody does ${idle.join(', ')}, and no alert is told: start a role alerter (\`secumon run alerter\`)`,
    ]
  return reactors
    .filter(
      ({ stream, savedAtMs, backlog }) => hasTicks(stream) && backlog > 0 && nowMs - savedAtMs > UNSAVED_MS,
    )
    .map(
      ({ reactor, partition, savedAtMs }) =>
        `${reactor} ${partition} has saved nothing for ${age(nowMs - savedAtMs)}: see the log of the role alerter`,
    )
}

// Others save when something has happened.
const hasTicks = (stream: string): boolean => stream.startsWith('TELEMETRY_')
