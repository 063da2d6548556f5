// Takes every screen in both themes and two widths, against a fixture server or a real product:
// `UI_URL=http://localhost:8099 UI_PASSWORD=… node dev/screenshots.ts [folder] [name filter]`. UI_LOCALE=fr for French.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { BASE, launch, loggedIn } from './browser.ts'
import { screensOf, settled } from './screens.ts'

const folder = process.argv[2] ?? '/tmp/ui-shots'
const filter = process.argv[3] ?? ''
const locale = process.env['UI_LOCALE'] ?? 'en'

mkdirSync(folder, { recursive: true })
const browser = await launch()
for (const colorScheme of ['light', 'dark'] as const) {
  for (const [width, height] of [
    [1440, 900],
    [390, 844],
  ] as const) {
    const options = { colorScheme, viewport: { width, height }, locale }
    const login = await (await browser.newContext({ baseURL: BASE, ...options })).newPage()
    await login.goto('/')
    await login.locator('#password').waitFor()
    if ('login'.includes(filter))
      await login.screenshot({ path: join(folder, `login-${colorScheme}-${width}.png`) })
    await login.context().close()
    const page = await loggedIn(browser, options)
    for (const [name, path] of Object.entries(await screensOf(page))) {
      if (!name.includes(filter)) continue
      await page.goto(path, { waitUntil: 'domcontentloaded' })
      if (!(await settled(page))) process.stderr.write(`${name}: still loading\n`)
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
