// How fast the event log appends and consumes, and what a message costs in CPU.
//   node bench/src/eventlog.ts [messages] [payload bytes]

import { startNatsServer } from '@secumon/infra/embedded/nats-server'
import { connectEventLog, type NatsEventLog } from '@secumon/infra/eventlog/connect-event-log'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'

const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() }
const [count = 200_000, sizeBytes = 150] = process.argv.slice(2).map(Number)
const SUBJECTS = 1_000

async function measure(name: string, run: () => Promise<number>): Promise<void> {
  const startMs = performance.now()
  const startCpu = process.cpuUsage()
  const messages = await run()
  const seconds = (performance.now() - startMs) / 1_000
  const { user, system } = process.cpuUsage(startCpu)
  const perMessage = ((user + system) / messages).toFixed(1)
  console.log(`${name.padEnd(34)} ${Math.round(messages / seconds)} msg/s, ${perMessage} µs CPU per message`)
}

async function appendAll(log: NatsEventLog): Promise<number> {
  const payload = Buffer.alloc(sizeBytes, 7)
  const last = Array.from({ length: SUBJECTS }, () => 0)
  let next = 0
  const writer = async (subject: number): Promise<void> => {
    while (next++ < count) {
      const outcome = await log.append(`telemetry.0.main.${subject}`, payload, {
        expectedLast: last[subject] ?? 0,
        headers: { 'received-at': '1795300000000', 'clock-offset': '-12' },
      })
      if (outcome.outcome !== 'appended') throw new Error(JSON.stringify(outcome))
      last[subject] = outcome.position
    }
  }
  await Promise.all(Array.from({ length: SUBJECTS }, (_, subject) => writer(subject)))
  return count
}

async function consumeAll(log: NatsEventLog, read: boolean): Promise<number> {
  const stop = new AbortController()
  let messages = 0
  let sum = 0
  for await (const batch of log.consume('TELEMETRY_0', { start: 1, signal: stop.signal })) {
    messages += batch.length
    if (read)
      for (const message of batch)
        sum += message.payload.length + message.subject.length + Number(message.header('received-at'))
    if (messages >= count) stop.abort()
  }
  if (read && sum === 0) throw new Error('nothing read')
  return messages
}

const directory = await mkdtemp(join(tmpdir(), 'secumon-bench-'))
const server = await startNatsServer({ program: 'nats-server', directory })
try {
  const log = await connectEventLog({
    servers: server.url,
    logger: pino({ level: 'warn' }),
    clock,
    shards: 1,
  })
  if (log.serverId !== undefined) await log.upkeep.stamp(log.serverId)
  while (log.trouble) await new Promise((resolve) => setImmediate(resolve))
  await measure(`append, fenced, ${SUBJECTS} writers`, () => appendAll(log))
  await measure('consume', () => consumeAll(log, false))
  await measure('consume, subject, payload, header', () => consumeAll(log, true))
  await measure('consume by two at once, each', async () => {
    await Promise.all([consumeAll(log, true), consumeAll(log, true)])
    return count
  })
  await log.close()
} finally {
  await server.child.stop()
  await rm(directory, { recursive: true, force: true })
}
