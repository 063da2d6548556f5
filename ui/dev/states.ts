// Takes the states a screen can be in: menus, dialogs, stale, disconnected, empty, failed. `node dev/states.ts [folder]`.

import { join } from 'node:path'
import { launch, loggedIn } from './browser.ts'

const folder = process.argv[2] ?? '/tmp/ui-shots'
const AGENT = '01JD0000000000000000000000'
const browser = await launch()

for (const [width, height] of [
  [1440, 900],
  [390, 844],
] as const) {
  // prettier-ignore
  const page = await loggedIn(browser, { viewport: { width, height }, colorScheme: width === 390 ? 'dark' : 'light', locale: 'fr-FR' })
  const shot = (name: string): Promise<unknown> =>
    page.screenshot({ path: join(folder, `state-${name}-${width}.png`) })
  await page.waitForTimeout(1200)
  await shot('french-overview')
  await page.keyboard.press('Control+k')
  await page.locator('[role=dialog] [data-command-item]').first().waitFor()
  await shot('palette')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: /Menu utilisateur/ }).click()
  await shot('user-menu')
  await page.keyboard.press('Escape')
  await page.goto(`/agents/${AGENT}`)
  await page.locator('canvas').first().waitFor()
  await page.getByRole('button', { name: /Période/ }).click()
  await shot('range')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Modifier' }).click()
  await page.locator('#agent-tags').fill('env:prod !!')
  await page.waitForTimeout(300)
  await shot('edit-open')
  await page.locator('[role=dialog] button.primary').click({ timeout: 3000 })
  await shot('edit')
  await page.keyboard.press('Escape')
  await shot('edit-discard')
  await page.getByRole('button', { name: 'Abandonner' }).click()
  const box = await page.locator('.u-over').first().boundingBox()
  if (box) {
    await page.mouse.move(box.x + box.width * 0.4, box.y + 40)
    await page.mouse.move(box.x + box.width * 0.5, box.y + 50)
    await page.waitForTimeout(200)
    await shot('tooltip')
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.7, box.y + 60, { steps: 4 })
    await page.mouse.up()
    await page.waitForTimeout(900)
    await shot('zoomed')
    process.stdout.write(`zoomed: ${page.url()}\n`)
    await page.mouse.dblclick(box.x + box.width * 0.5, box.y + 50)
    await page.waitForTimeout(700)
    process.stdout.write(`reset: ${page.url()}\n`)
  }
  await page.goto('/agents?status=offline')
  await page.locator('[role=row] a').first().click()
  await page.waitForTimeout(1500)
  await shot('stale')
  if (width > 640) {
    await page.goto('/agents')
    await page.locator('[role=row] a').first().waitFor()
    for (const key of ['j', 'j', 'x', 'j', 'x']) await page.keyboard.press(key)
    await shot('selection')
  }
  await page.route('**/api/v1/series**', (route) => route.abort())
  await page.goto(`/agents/${AGENT}`)
  await page.locator('canvas').first().waitFor()
  await page.route('**/api/**', (route) => route.abort())
  await page.evaluate(() => window.dispatchEvent(new Event('offline')))
  await page.goto('/agents').catch(() => undefined)
  await page.waitForTimeout(800)
  await shot('unreachable')
  await page.unrouteAll()
  await page.route('**/overview', (route) =>
    route.fulfill({
      json: {
        counts: { online: 0, offline: 0, unknown: 0, pending: 0 },
        platform: {
          at: 0,
          frames_per_second: 0,
          values_per_second: 0,
          lag_ms: 0,
          archive_lag_ms: 0,
          archive_full: false,
          backlog: 0,
          log_trouble: null,
        },
        top: { cpu: [], memory: [], disk: [] },
        changes: [],
      },
    }),
  )
  await page.goto('/')
  await page.waitForTimeout(800)
  await shot('empty')
  await page.context().close()
}
await browser.close()
