// SecuMon's side: every role in a process of its own, on its own nats-server and PostgreSQL that keeps its word.

import { Platform } from '@secumon/e2e/platform'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { Row } from '../table.ts'
import { whileWhole } from '../while-whole.ts'
import { quantiles } from './latencies.ts'
import { startLoad } from './load-process.ts'
import { measureProduct, type AlertsPlan, type MeasuredProduct } from './measured.ts'
import { contentRule, RULES } from './rules.ts'
import type { SecumonLoadPlan } from './secumon-load.ts'
import { startWebhookReceiver, type ReadMessage } from './webhook-receiver.ts'

const ROLES = ['api', 'archiver', 'projector', 'ingest', 'alerter'] as const
const POLICY = 'bench'
/** More than any load here makes. */
const RATE_PER_MINUTE = 10_000

const Message = z.object({
  data: z.object({ alerts: z.array(z.object({ agent: z.string(), rule: z.string(), state: z.string() })) }),
})

const readMessage: ReadMessage = (body) => Message.parse(body).data.alerts

export type SecumonMeasured = MeasuredProduct & {
  /** From a gateway's reception of the frame, in stages. */
  readonly stages: readonly Row[]
}

/** @param profile where a CPU profile of the alerter is written; absent: none */
export async function measureSecumon(plan: AlertsPlan, profile?: string): Promise<SecumonMeasured> {
  const directory = await mkdtemp(join(tmpdir(), 'secumon-bench-'))
  const receiver = await startWebhookReceiver(readMessage)
  const environment = { SECUMON_LOG_LEVEL: 'warn', SECUMON_NOTIFY_ALLOW_PRIVATE: '127.0.0.1' }
  const platform = await Platform.start({ directory, environment })
  try {
    for (const role of ROLES) await platform.run(role, [role], role === 'alerter' ? profiling(profile) : {})
    await applyRules(platform, receiver.url)
    const load = await startLoad('secumon-load.ts', await loadPlan(platform, plan))
    const processes = processesOf(platform)
    const measuring = { product: 'secumon', processes, load, receiver }
    const measured = await whileWhole(platform, measureProduct(measuring, plan))
    return { ...measured, stages: await stagesOf(platform, receiver.arrivals) }
  } finally {
    await platform.stop()
    await receiver.close()
    await rm(directory, { recursive: true })
  }
}

const profiling = (directory: string | undefined): Record<string, string> =>
  directory === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${directory}` }

async function loadPlan(platform: Platform, plan: AlertsPlan): Promise<SecumonLoadPlan> {
  const { apiUrl, directory } = platform
  return {
    ...plan,
    apiUrl,
    token: await platform.token(plan.agents),
    stateDirectory: join(directory, 'fleet'),
  }
}

const processesOf = ({ nats, postgres, roles }: Platform) =>
  new Map([
    ['nats-server', nats.child.pid],
    ['postgres', postgres.child.pid],
    ...[...roles].map(([name, { pid }]) => [name, pid] as const),
  ])

/** One incident and one message for each alert, at once. */
async function applyRules(platform: Platform, url: string): Promise<void> {
  const step = { delay: '0s', targets: [{ channel: POLICY }] }
  const policy = { name: POLICY, group_by: ['agent', 'rule'], group_interval: '1s', steps: [step] }
  const content = {
    channels: [{ name: POLICY, kind: 'webhook', rate_per_minute: RATE_PER_MINUTE, secrets: { url } }],
    policies: [
      { ...policy, matchers: [{ label: 'severity', operator: '=', value: 'never' }] },
      // Alerts of the first rules are no crossings.
      { name: 'nobody', order: 1, steps: [] },
    ],
    rules: RULES.map((rule) => contentRule(rule, POLICY)),
  }
  const file = join(platform.directory, 'content.json')
  await writeFile(file, JSON.stringify(content))
  await platform.command('apply', file)
}

type Fired = {
  readonly agent: string
  readonly rule: string
  readonly received: number
  readonly decided: number
}

type Arrived = {
  readonly agent: string
  readonly rule: string
  readonly state: string
  readonly atMs: number
}

async function stagesOf(platform: Platform, arrivals: readonly Arrived[]): Promise<Row[]> {
  const schema = await platform.schemaOf('alerts')
  const fired = await platform.query<Fired>(`
    select agent_name as agent, rule_name as rule, extract(epoch from at)::float8 * 1000 as decided,
      (event #>> '{alertFired,evidence,receivedAtMs}')::float8 as received
    from "${schema}".alert_history as history join "${schema}".alerts as alerts using (tenant_id, id)
    where event ? 'alertFired'`)
  const arrivedMs = new Map(
    arrivals
      .filter(({ state }) => state === 'firing')
      .toReversed()
      .map(({ agent, rule, atMs }) => [`${agent}\n${rule}`, atMs]),
  )
  const told = fired.flatMap(({ agent, rule, ...times }) => {
    const arrived = arrivedMs.get(`${agent}\n${rule}`)
    return arrived === undefined ? [] : [{ ...times, arrived }]
  })
  return [
    stage(
      'received → decided',
      told.map(({ received, decided }) => decided - received),
    ),
    stage(
      'decided → webhook',
      told.map(({ decided, arrived }) => arrived - decided),
    ),
    stage(
      'received → webhook',
      told.map(({ received, arrived }) => arrived - received),
    ),
  ]
}

function stage(what: string, valuesMs: readonly number[]): Row {
  const { p50, p99, max } = quantiles(valuesMs)
  return { what, count: valuesMs.length, 'p50 ms': p50, 'p99 ms': p99, 'max ms': max }
}
