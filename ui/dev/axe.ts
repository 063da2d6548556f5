// Runs axe over every screen in both themes and widths; exits 1 on anything serious: `node dev/axe.ts [name filter]`.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { BASE, launch, loggedIn } from './browser.ts'
import { screensOf, settled } from './screens.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const ONLY = process.argv[2] ?? ''

type Finding = { id: string; impact: string | null; help: string; nodes: { target: string[] }[] }
let serious = 0

async function check(page: Page, name: string): Promise<void> {
  await page.waitForTimeout(600)
  await page.evaluate(AXE)
  const findings = await page.evaluate<Finding[]>('axe.run().then((result) => result.violations)')
  for (const { id, impact, help, nodes } of findings) {
    if (impact === 'serious' || impact === 'critical') serious += 1
    process.stdout.write(
      `${name}: ${impact} ${id}: ${help} (${nodes.length}×) ${nodes
        .slice(0, 3)
        .map((node) => node.target.join(' '))
        .join(' | ')}\n`,
    )
  }
}

const browser = await launch()
for (const colorScheme of ['light', 'dark'] as const) {
  const out = await (await browser.newContext({ baseURL: BASE, colorScheme })).newPage()
  await out.goto('/')
  await check(out, `login ${colorScheme}`)
  for (const width of [1440, 390]) {
    const page = await loggedIn(browser, { colorScheme, viewport: { width, height: 900 } })
    for (const [name, path] of Object.entries(await screensOf(page))) {
      if (!name.includes(ONLY)) continue
      await page.goto(path, { waitUntil: 'domcontentloaded' })
      await settled(page)
      await check(page, `${name} ${colorScheme} ${width}`)
    }
    await page.keyboard.press('Control+k')
    await page.locator('[role=dialog]').waitFor()
    await check(page, `palette ${colorScheme} ${width}`)
    await page.context().close()
  }
}
await browser.close()
process.stdout.write(`${serious} serious\n`)
if (serious > 0) process.exitCode = 1
