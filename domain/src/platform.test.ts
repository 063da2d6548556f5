import assert from 'node:assert/strict'
import { test } from 'node:test'
import { archiveAggregate, logAggregate, platform } from './platform.ts'

const MAX = 1_000

/** What is told as a stream's fill goes through the percentages. */
function told(percentages: readonly number[], maxBytes = MAX): string[] {
  let state = platform.initial
  return percentages.map((percent) => {
    const bytes = percent * 10
    const events = platform.decide({ kind: 'ReportFill', stream: 'TELEMETRY_0', bytes, maxBytes }, state)
    state = events.reduce(platform.evolve, state)
    return events.map((event) => event.case).join()
  })
}

const cases: [string, number[], string[]][] = [
  ['below the limit nothing is told', [0, 50, 79.9], ['', '', '']],
  ['filling is told once', [80, 90, 100], ['logFilling', '', '']],
  ['what swings around the limit is told once', [81, 79, 82, 70, 80], ['logFilling', '', '', '', '']],
  ['relief is told once', [85, 69.9, 10], ['logFilling', 'logRelieved', '']],
  ['and then filling again', [85, 60, 80], ['logFilling', 'logRelieved', 'logFilling']],
]

for (const [what, percentages, expected] of cases)
  test(what, () => assert.deepEqual(told(percentages), expected))

test('a stream without a limit never fills', () => assert.deepEqual(told([50, 100, 1_000], -1), ['', '', '']))

test('each stream has an aggregate of its own', () =>
  assert.deepEqual(logAggregate('TELEMETRY_12'), {
    tenant: 'system',
    aggregate: 'platform',
    id: 'log-telemetry-12',
  }))

test('a loss of the archive is told where there is one', () => {
  const kept = [{ tenant: 'main', leaves: 70 }]
  const told = (foundFlush: number, committedFlush: number) =>
    platform.decide({ kind: 'AcceptArchiveLoss', foundFlush, committedFlush, kept }, platform.initial)
  assert.deepEqual(told(9, 9), [])
  assert.equal(told(5, 9)[0]?.case, 'archiveLossAccepted')
  assert.equal(archiveAggregate().id, 'archive')
})
