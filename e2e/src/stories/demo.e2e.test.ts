// `npm start -- --demo N`: a simulated fleet, marked as such, on screens that everybody can use.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import { startAllInOne, type AllInOne } from '../all-in-one.ts'
import { ApiClient, type Fleet } from '../api-client.ts'
import { seriousFindings } from '../axe.ts'
import { launchBrowser, openLoggedIn } from '../browser.ts'
import { eventually } from '../eventually.ts'

const SIMULATED = 120
/** However long the list, the page holds no more rows than these. */
const MOST_ROWS = 60
const LISTS = [
  '/alerts?state=any',
  '/incidents',
  '/rules',
  '/silences',
  '/maintenance',
  '/messages?state=all',
]
const FORMS = ['/rules', '/maintenance', '/channels', '/escalation', '/on-call'].map((list) => `${list}/new`)

test('a simulated fleet, marked as such, on accessible screens', { timeout: 300_000 }, async (t) => {
  let running: AllInOne | undefined
  const dataDirectory = await temporaryDirectory({ after }, async () => void (await running?.stop()))
  running = await startAllInOne({ dataDirectory, args: ['--demo', String(SIMULATED)] })
  const { url } = running
  const api = await ApiClient.logIn(url)
  const fleet = await eventually(
    'the simulated fleet is online',
    async () => {
      const found = await api.get<Fleet>('fleet?limit=1000')
      return found.counts.online === SIMULATED + 1 && found
    },
    { timeoutMs: 60_000 },
  )
  const simulated = fleet.agents.filter((agent) => agent.simulated)
  assert.equal(simulated.length, SIMULATED)
  assert.ok(simulated.every((agent) => agent.tags.includes('demo')))

  // Each publishes once a minute, at its own time.
  const id = await eventually('one publishes metrics of its own', async () => {
    const few = simulated.slice(0, 20).map((agent) => agent.id)
    const totals = await Promise.all(
      few.map((agent) => api.get<{ total: number }>(`agents/${agent}/custom-metrics`)),
    )
    return few.find((_, i) => (totals[i]?.total ?? 0) > 0)
  })
  const browser = await launchBrowser()
  after(() => browser.close())
  const ofAgent = ['', '/processes', '/custom', '/inventory', '/logs', '/alerts'].map(
    (tab) => `/agents/${id}${tab}`,
  )
  const paths = ['/', '/agents', '/logs', ...ofAgent]
  for (const [colorScheme, width, ofAlerting] of [
    ['light', 1440, LISTS],
    ['dark', 390, FORMS],
  ] as const) {
    const { page, complaints } = await openLoggedIn(browser, url, {
      colorScheme,
      viewport: { width, height: 900 },
    })
    for (const path of [...paths, ...ofAlerting]) {
      await page.goto(`${url}${path}`)
      await page.locator('#content h1, #content h2').first().waitFor()
      assert.deepEqual(await seriousFindings(page), [], `${path} ${colorScheme} ${width}`)
    }
    assert.deepEqual(complaints, [])
    await page.context().close()
  }
  const { page } = await openLoggedIn(browser, `${url}/agents/${id}/custom`)
  await page.getByRole('option', { name: /backup_age_seconds/ }).click()
  await page.getByRole('img', { name: /backup_age_seconds/ }).waitFor()
  await page.goto(`${url}/agents`)
  await page
    .getByRole('link', { name: /^demo-/ })
    .first()
    .waitFor()
  const rows = await page.locator('[role=row]').count()
  assert.ok(rows > 10 && rows <= MOST_ROWS, `${rows} rows in the page`)
  t.diagnostic(`${SIMULATED} simulated agents, ${rows} rows in the page`)
})
