import { create, fromBinary } from '@bufbuild/protobuf'
import { AgentRegisteredSchema } from '@secumon/contracts/gen/agent'
import { EnvelopeSchema } from '@secumon/contracts/gen/envelope'
import {
  Aggregation,
  Comparison,
  RuleCreatedSchema,
  RuleSpecSchema,
  Severity,
} from '@secumon/contracts/gen/rule'
import { EVENTS_STREAM, parseEventSubject } from '@secumon/contracts/subjects'
import { jetStreamEventStore } from '@secumon/infra/eventlog/jetstream-event-store'
import { eventsOf } from '@secumon/infra/eventlog/handle'
import { testEventLog } from '@secumon/infra/eventlog/test-event-log'
import { comesTrue } from '@secumon/infra/testing/comes-true'
import { memoryKeys } from '@secumon/infra/testing/memory-keys'
import { openEnvelope } from '@secumon/infra/vault/envelope-sealing'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { systemClock } from '../testing/loop.ts'
import { agentId, envelope, RecordedLane } from '../testing/recorded.ts'
import { testDatabase } from '../testing/recorder.ts'
import { appendAll } from '../testing/archiver.ts'
import { startAlerting } from './start-alerting.ts'

const [db, log] = await Promise.all([testDatabase({ after }), testEventLog({ after })])
const keys = memoryKeys()
const store = jetStreamEventStore(log, keys)
const logger = pino({ level: 'silent' })
const lane = new RecordedLane(agentId(1))

const start = () =>
  startAlerting({
    log,
    store,
    db,
    keys,
    clock: systemClock,
    logger,
    registry: new Registry(),
    shards: 1,
    chores: [],
    send: async () => ({ outcome: 'delivered', answer: 'ok' }),
    ratePerMinute: () => 600,
    leaseTtlMs: 500,
    savePeriodMs: 50,
  })

const spec = create(RuleSpecSchema, {
  name: 'cpu',
  severity: Severity.CRITICAL,
  scope: { scope: { case: 'everyone', value: {} } },
  condition: {
    case: 'metric',
    value: {
      metric: 'cpu.usage_percent',
      comparison: Comparison.GT,
      threshold: 90,
      aggregation: Aggregation.LAST,
    },
  },
})

const measured = (cpuUsagePercent: number) => {
  const atMs = Date.now()
  const times = { atMs: BigInt(atMs), intervalMs: 1_000, periodMs: 1_000 }
  return appendAll(log, [lane.frame({ receivedAtMs: atMs }, { ...times, host: { cpuUsagePercent } })])
}

async function decided(): Promise<string[]> {
  const lines: string[] = []
  const { last } = await log.bounds(EVENTS_STREAM)
  for (let position = 1; position <= last; position++) {
    const message = await log.messageAt(EVENTS_STREAM, position)
    if (!message || parseEventSubject(message.subject)?.aggregate !== 'alert') continue
    const opened = await openEnvelope(message.subject, fromBinary(EnvelopeSchema, message.payload), keys)
    if ('events' in opened) lines.push(...eventsOf(opened).map((event) => event.case))
  }
  return lines
}

const evaluators = ({ doing }: ReturnType<typeof start>): readonly string[] =>
  doing().parts.filter((name) => name.startsWith('evaluate'))

test('an alert begins under one process and ends under another', async () => {
  await appendAll(log, [
    envelope({
      aggregate: 'agent',
      id: lane.agent,
      version: 1,
      events: [
        {
          event: {
            case: 'agentRegistered',
            value: create(AgentRegisteredSchema, { name: 'web', tags: [], simulated: false }),
          },
        },
      ],
    }),
    envelope({
      aggregate: 'rule',
      id: agentId(900),
      version: 1,
      events: [{ event: { case: 'ruleCreated', value: create(RuleCreatedSchema, { spec, enabled: true }) } }],
    }),
  ])
  const first = start()
  await comesTrue('the first evaluates', () => evaluators(first).length === 1)
  const second = start()
  await comesTrue('it fires', async () => {
    await measured(99)
    return (await decided()).includes('alertFired')
  })
  assert.equal(evaluators(first).length + evaluators(second).length, 1)
  const [leaves, stays] = evaluators(first).length === 1 ? [first, second] : [second, first]
  await leaves.stop()
  await comesTrue('the other evaluates', () => evaluators(stays).length === 1)
  await measured(5)
  await comesTrue('it is resolved', async () => (await decided()).includes('alertResolved'))
  await stays.stop()
  assert.deepEqual(await decided(), ['alertPending', 'alertFired', 'alertResolved'])
})
