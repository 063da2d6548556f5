// Takes every screen in both themes and two widths: `node dev/screenshots.ts [folder] [name filter]`.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { BASE, launch, loggedIn } from './browser.ts'

const folder = process.argv[2] ?? '/tmp/ui-shots'
const filter = process.argv[3] ?? ''
const AGENT = process.env['UI_AGENT'] ?? '01JD0000000000000000000000'
const ALERT = process.env['UI_ALERT'] ?? '01KAAAAAAAAAAAAAAAAAAAA000'
const SCREENS: Readonly<Record<string, string>> = {
  overview: '/',
  'overview-grouped': '/?group=site',
  agents: '/agents',
  'agents-filtered': '/agents?status=offline,unknown&sort=cpu&order=desc&tag=env:prod',
  'agents-none': '/agents?q=nothing-like-this',
  agent: `/agents/${AGENT}`,
  'agent-24h': `/agents/${AGENT}?range=24h`,
  'agent-30d': `/agents/${AGENT}?range=30d`,
  processes: `/agents/${AGENT}/processes`,
  disks: `/agents/${AGENT}/disks?range=6h`,
  network: `/agents/${AGENT}/network?range=15m`,
  inventory: `/agents/${AGENT}/inventory`,
  alerts: '/alerts',
  'alerts-any': '/alerts?state=any',
  alert: `/alerts/${ALERT}`,
  'agent-alerts': `/agents/${AGENT}/alerts`,
  'agent-missing': '/agents/01JDXXXXXXXXXXXXXXXXXXXXXX',
}

mkdirSync(folder, { recursive: true })
const browser = await launch()
for (const colorScheme of ['light', 'dark'] as const) {
  for (const [width, height] of [
    [1440, 900],
    [390, 844],
  ] as const) {
    // prettier-ignore
    const login = await (await browser.newContext({ baseURL: BASE, colorScheme, viewport: { width, height } })).newPage()
    await login.goto('/')
    await login.locator('#password').waitFor()
    if ('login'.includes(filter))
      await login.screenshot({ path: join(folder, `login-${colorScheme}-${width}.png`) })
    await login.context().close()
    const page = await loggedIn(browser, { colorScheme, viewport: { width, height } })
    for (const [name, path] of Object.entries(SCREENS)) {
      if (!name.includes(filter)) continue
      await page.goto(path, { waitUntil: 'domcontentloaded' })
      await page
        .waitForFunction(
          () =>
            [...document.querySelectorAll('.skeleton')].every(
              (each) => each.getBoundingClientRect().top > innerHeight,
            ) && document.querySelector('h1, h2') !== null,
          null,
          { timeout: 15_000 },
        )
        .catch(() => process.stderr.write(`${name}: still loading\n`))
      await page.waitForTimeout(400)
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`) })
      const wide = await page.evaluate(
        () =>
          document.documentElement.scrollWidth > innerWidth ||
          (document.getElementById('content')?.scrollWidth ?? 0) >
            (document.getElementById('content')?.clientWidth ?? 0),
      )
      if (wide) process.stderr.write(`${name} ${width}: scrolls sideways\n`)
    }
    await page.context().close()
  }
}
await browser.close()
