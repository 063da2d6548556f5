// `npm run bench -- agent --only logs`: what logs cost an agent of memory that is its own. Two agents as they are
// shipped, side by side on this host; one also tails a file into which 2,000 lines a second are written. More than 15 MB
// between them is a failure, and so are lines that did not arrive: an agent that reads nothing costs nothing.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Platform } from '@secumon/e2e/platform'
import { buildAgent, startAgent } from './agent-process.ts'
import { median, printJson, printTable } from './table.ts'
import { startWriter, type Writer } from './log-writer.ts'

const LINES_PER_SECOND = 2_000
const MAX_DIFFERENCE_MB = 15
const MEGABYTE = 1_000_000
/** Enrolment, first frames, garbage of the start. */
const WARM_UP_MS = 20_000
const SAMPLE_MS = 1_000
const ARRIVAL_MS = 120_000

export type LogsBenchOptions = { readonly seconds: number; readonly periodSeconds: number }

/** Prints both agents' memory and the difference; the exit code is 1 when it is too much. */
export async function benchAgentLogs({ seconds, periodSeconds }: LogsBenchOptions): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'secumon-bench-'))
  const platform = await Platform.start({ directory })
  const writer = await startWriter(join(directory, 'app.log'), LINES_PER_SECOND)
  const stops: (() => Promise<void>)[] = [() => writer.stop()]
  try {
    await platform.runAll()
    await buildAgent()
    const logsFile = await writeConfig(directory, writer.path)
    const withLogs = await startAgent({ platform, name: 'with-logs', periodSeconds, logsFile })
    stops.push(() => withLogs.stop())
    const without = await startAgent({ platform, name: 'without', periodSeconds })
    stops.push(() => without.stop())
    await sleep(WARM_UP_MS)
    const sampled = await sample({ 'with logs': withLogs.pid, without: without.pid }, seconds)
    await writer.stop()
    report(sampled, { seconds, lines: await arrived(platform, writer) })
  } finally {
    for (const stop of stops.toReversed()) await stop()
    await platform.stop()
    await rm(directory, { recursive: true })
  }
}

async function writeConfig(directory: string, path: string): Promise<string> {
  const file = join(directory, 'logs.json')
  // Beyond what is written: no line may be left out for a limit.
  const limit = { lines_per_second: 2 * LINES_PER_SECOND, bytes_per_second: 2 ** 21, burst_seconds: 60 }
  const files = [{ name: 'app', paths: [path], from: 'beginning' }]
  await writeFile(file, JSON.stringify({ files, limit }), { mode: 0o600 })
  return file
}

type Sampled = Readonly<Record<string, readonly number[]>>

async function sample(pids: Readonly<Record<string, number>>, seconds: number): Promise<Sampled> {
  const samples = Object.entries(pids).map(([agent, pid]) => ({ agent, pid, megabytes: Array.of<number>() }))
  const endsAt = performance.now() + seconds * 1_000
  while (performance.now() < endsAt) {
    for (const { pid, megabytes } of samples) megabytes.push((await anonymousBytes(pid)) / MEGABYTE)
    await sleep(SAMPLE_MS)
  }
  return Object.fromEntries(samples.map(({ agent, megabytes }) => [agent, megabytes]))
}

async function anonymousBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const kibibytes = /^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]
  if (kibibytes === undefined) throw new Error(`process ${pid} has no RssAnon`)
  return Number(kibibytes) * 1_024
}

// Every line, as the database has it: also what was on its way when the writer stopped.
async function arrived(platform: Platform, { written }: Writer): Promise<number> {
  const schema = await platform.schemaOf('logs')
  const count = async () =>
    Number((await platform.query<{ n: string }>(`select count(*) n from ${schema}.logs`))[0]?.n)
  const endsAt = performance.now() + ARRIVAL_MS
  let lines = await count()
  for (; lines < written && performance.now() < endsAt; lines = await count()) await sleep(SAMPLE_MS)
  if (lines !== written) throw new Error(`${lines} of ${written} lines arrived`)
  return lines
}

function report(sampled: Sampled, { seconds, lines }: { seconds: number; lines: number }): void {
  const rows = Object.entries(sampled).map(([agent, megabytes]) => ({
    agent,
    'median MB': median(megabytes),
    'maximum MB': Math.max(...megabytes),
  }))
  const [more = {}, less = {}] = rows
  const difference = differenceOf(more, less)
  printTable(`anonymous memory of agents, ${seconds} s at ${LINES_PER_SECOND} lines/s`, [...rows, difference])
  printJson({ bench: 'agent logs', seconds, lines, agents: rows, difference })
  const isTooMuch = Math.max(difference['median MB'], difference['maximum MB']) > MAX_DIFFERENCE_MB
  console.log(
    `logs cost ${isTooMuch ? 'MORE than' : 'at most'} ${MAX_DIFFERENCE_MB} MB; ${lines} lines arrived`,
  )
  if (isTooMuch) process.exitCode = 1
}

type Memory = { readonly 'median MB'?: number; readonly 'maximum MB'?: number }

const differenceOf = (more: Memory, less: Memory) => ({
  agent: 'difference',
  'median MB': (more['median MB'] ?? Number.NaN) - (less['median MB'] ?? Number.NaN),
  'maximum MB': (more['maximum MB'] ?? Number.NaN) - (less['maximum MB'] ?? Number.NaN),
})
