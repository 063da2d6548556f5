// A process on this machine takes more CPU than it may. A webhook is told, signed; a person follows the link in the message
// and acknowledges in the browser; the process rests, the alert is over, and that is told too.

import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Page } from 'playwright-core'
import { buildInterface } from '@secumon/app/up/builds'
import { startChild } from '@secumon/infra/embedded/child'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import { ApiClient, type AlertDetail } from '../api-client.ts'
import { seriousFindings } from '../axe.ts'
import { launchBrowser, openLoggedIn } from '../browser.ts'
import { applyContent, RECEIVERS_HERE, tellAtOnce } from '../content.ts'
import { eventually } from '../eventually.ts'
import { Platform } from '../platform.ts'
import { WebhookReceiver, type Told } from '../webhook-receiver.ts'

/** Of a core. A busy machine leaves a busy loop more than this; one that rests takes far less. */
const LIMIT_PERCENT = 10
const NOTE = 'It is only a loop.'
const guard = { signal: 'SIGKILL', afterS: 0 } as const

const RULE = {
  name: 'Loop busy',
  severity: 'critical',
  condition: {
    kind: 'metric',
    metric: 'process.cpu_percent',
    comparison: 'gt',
    threshold: LIMIT_PERCENT,
    dimension: 'busy-loop *',
  },
}

test('CPU over its limit: told, acknowledged in the browser, over, told', { timeout: 200_000 }, async (t) => {
  let platform: Platform | undefined
  const directory = await temporaryDirectory({ after }, async () => platform?.stop())
  const receiver = await WebhookReceiver.open()
  after(() => receiver.close())
  const [started] = await Promise.all([
    Platform.start({ directory, volatile: true, environment: RECEIVERS_HERE }),
    buildInterface(),
  ])
  platform = started
  const policy = tellAtOnce('story', [{ label: 'rule', operator: '=', value: RULE.name }])
  await Promise.all([
    platform.run('all', ['projector', 'archiver', 'api', 'ingest', 'alerter']),
    applyContent(platform, { channels: [receiver.channel('story')], policies: [policy], rules: [RULE] }),
  ])
  const browser = await launchBrowser()
  after(() => browser.close())
  const loop = await startChild(process.execPath, [join(import.meta.dirname, '../busy-loop.ts')], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A session of its own has a fair share of a busy machine.
    detached: true,
    guard,
  })
  after(() => loop.stop('SIGKILL'))
  await startAgent(platform)

  const first = await told(receiver, 'incident.first')
  const [alert] = first.alerts
  assert.ok(alert && (alert.value ?? 0) > LIMIT_PERCENT, first.text)
  assert.deepEqual([alert.agent, alert.dimension], [hostname(), `busy-loop (${loop.pid})`])
  const { page, complaints } = await openLoggedIn(browser, alert.url)
  await acknowledge(page)
  await told(receiver, 'incident.acknowledged')
  loop.send('rest')
  const over = await told(receiver, 'incident.resolved')
  assert.deepEqual(
    over.alerts.map(({ id, state }) => [id, state]),
    [[alert.id, 'resolved']],
  )
  await page.locator('header').getByText('Resolved').first().waitFor()
  assert.deepEqual(await seriousFindings(page), [], 'the alert’s page')
  await page.getByRole('link', { name: 'In incident' }).first().click()
  await page.getByRole('heading', { name: 'Messages', exact: true }).waitFor()
  assert.deepEqual(await seriousFindings(page), [], 'the incident’s page')
  assert.deepEqual(complaints, [], 'the page complained')

  const types = ['first', 'acknowledged', 'resolved'].map((kind) => `incident.${kind}`)
  assert.deepEqual(
    receiver.told.map(({ type }) => type),
    types,
  )
  receiver.assertAllSigned()
  const client = await ApiClient.logIn(platform.apiUrl)
  const detail = await client.get<AlertDetail>(`alerts/${alert.id}`)
  assert.deepEqual(
    detail.history.map(({ kind }) => kind),
    ['pending', 'fired', 'acknowledged', 'resolved'],
  )
  assert.deepEqual([detail.history[2]?.note, detail.history[2]?.by?.name], [NOTE, 'admin'])
  assert.deepEqual(
    new Set(detail.notifications.map(({ id, state }) => `${id} ${state}`)),
    new Set(receiver.told.map(({ id }) => `${id} delivered`)),
  )
  t.diagnostic(
    `${alert.value?.toFixed(0)} % of a core; over after ${(detail.alert.resolved_at ?? 0) - (detail.alert.fired_at ?? 0)} ms`,
  )
})

async function startAgent(platform: Platform): Promise<void> {
  const program = join(import.meta.dirname, '../story-host.ts')
  const place = [join(platform.directory, 'agent'), platform.apiUrl, await platform.token(1)]
  const agent = await startChild(process.execPath, [program, ...place], { guard })
  after(() => agent.stop('SIGKILL'))
}

const told = (receiver: WebhookReceiver, type: string): Promise<Told> =>
  eventually(`${type} is told`, async () => receiver.told.find((each) => each.type === type), {
    timeoutMs: 60_000,
  })

async function acknowledge(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Acknowledge' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Note').fill(NOTE)
  await dialog.getByRole('button', { name: 'Acknowledge' }).click()
  await dialog.waitFor({ state: 'detached' })
}
