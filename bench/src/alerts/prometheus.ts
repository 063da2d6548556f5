// Prometheus and Alertmanager as Debian packages them, as fast as they sensibly go: rules in groups of their own so that
// they are evaluated side by side, no wait before a group's first message.

import { freePort, startChild, waitUntilReady, type Child } from '@secumon/infra/embedded/child'
import { ensureTool, type Tool } from '@secumon/infra/embedded/tools'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { get } from '../peers/exchange.ts'
import { versionOf } from '../peers/peer.ts'
import { startLoad } from './load-process.ts'
import { measureProduct, type AlertsPlan, type MeasuredProduct } from './measured.ts'
import type { PrometheusLoadPlan } from './prometheus-load.ts'
import { promQl, ruleName, RULES } from './rules.ts'
import { startWebhookReceiver, type ReadMessage } from './webhook-receiver.ts'

export type PrometheusSettings = {
  readonly evaluationSeconds: number
  readonly groupWaitSeconds: number
}

export type PrometheusMeasured = MeasuredProduct & {
  /** Evaluations left out because the ones before took too long. */
  readonly missedEvaluations: number
}

const START_TIMEOUT_MS = 30_000

const Message = z.object({
  alerts: z.array(
    z.object({ status: z.string(), labels: z.object({ alertname: z.string(), instance: z.string() }) }),
  ),
})

const readMessage: ReadMessage = (body) =>
  Message.parse(body).alerts.map(({ status: state, labels: { alertname: rule, instance: agent } }) => ({
    agent,
    rule,
    state,
  }))

/** Measures both with the settings. */
export async function measurePrometheus(
  plan: AlertsPlan,
  settings: PrometheusSettings,
): Promise<PrometheusMeasured> {
  const directory = await mkdtemp(join(tmpdir(), 'secumon-bench-peer-'))
  const receiver = await startWebhookReceiver(readMessage)
  const children: Child[] = []
  try {
    const [port, alertmanagerPort] = [await freePort(), await freePort()]
    const place = { directory, settings, port, alertmanagerPort, url: receiver.url }
    const alertmanager = await startAlertmanager(place)
    const prometheus = await startPrometheus(place)
    children.push(prometheus, alertmanager)
    const loadPlan: PrometheusLoadPlan = { ...plan, port }
    const load = await startLoad('prometheus-load.ts', loadPlan)
    const processes = new Map([
      ['prometheus', prometheus.pid],
      ['prometheus-alertmanager', alertmanager.pid],
    ])
    const measured = await measureProduct({ product: nameOf(settings), processes, load, receiver }, plan)
    return { ...measured, missedEvaluations: await missedEvaluations(port) }
  } finally {
    for (const child of children) await child.stop()
    await receiver.close()
    await rm(directory, { recursive: true })
  }
}

const nameOf = ({ evaluationSeconds, groupWaitSeconds }: PrometheusSettings): string =>
  `prometheus ${versionOf('prometheus')}, alertmanager ${versionOf('prometheus-alertmanager')}, ` +
  `rules every ${evaluationSeconds} s, group wait ${groupWaitSeconds} s`

type Place = {
  readonly directory: string
  readonly settings: PrometheusSettings
  readonly port: number
  readonly alertmanagerPort: number
  readonly url: string
}

async function startAlertmanager({ directory, settings, alertmanagerPort, url }: Place): Promise<Child> {
  const file = join(directory, 'alertmanager.yml')
  const route = { group_by: ['alertname', 'instance'], group_wait: `${settings.groupWaitSeconds}s` }
  const configuration = {
    route: { ...route, receiver: 'bench', group_interval: '1s', repeat_interval: '4h' },
    receivers: [{ name: 'bench', webhook_configs: [{ url, send_resolved: true }] }],
  }
  // JSON is YAML.
  await writeFile(file, JSON.stringify(configuration))
  return started('prometheus-alertmanager', alertmanagerPort, [
    `--config.file=${file}`,
    `--storage.path=${join(directory, 'alertmanager')}`,
    `--web.listen-address=127.0.0.1:${alertmanagerPort}`,
    '--cluster.listen-address=',
  ])
}

async function startPrometheus({ directory, settings, port, alertmanagerPort }: Place): Promise<Child> {
  const [file, rules] = [join(directory, 'prometheus.yml'), join(directory, 'rules.yml')]
  const groups = RULES.map((rule) => ({
    name: ruleName(rule),
    rules: [{ alert: ruleName(rule), expr: promQl(rule) }],
  }))
  await writeFile(rules, JSON.stringify({ groups }))
  const targets = [`127.0.0.1:${alertmanagerPort}`]
  const configuration = {
    global: { evaluation_interval: `${settings.evaluationSeconds}s` },
    rule_files: [rules],
    alerting: { alertmanagers: [{ static_configs: [{ targets }] }] },
  }
  await writeFile(file, JSON.stringify(configuration))
  return started('prometheus', port, [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(directory, 'prometheus')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--web.enable-remote-write-receiver',
  ])
}

async function started(tool: Tool, port: number, args: readonly string[]): Promise<Child> {
  const child = await startChild(await ensureTool(tool), args, { guard: { signal: 'SIGTERM', afterS: 0 } })
  await waitUntilReady(child, () => get(port, '/-/ready'), START_TIMEOUT_MS)
  return child
}

async function missedEvaluations(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const counts = text.matchAll(/^prometheus_rule_group_iterations_missed_total\{[^}]*\} (\S+)/gm)
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
}
