// Starts the distribution's Chromium for the development scripts and logs in.

import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'

export const BASE = process.env['UI_URL'] ?? 'http://localhost:5173'

export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium' })

/** A page that is logged in. */
export async function loggedIn(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ baseURL: BASE, ...options })
  const page = await context.newPage()
  page.on('pageerror', (error) => process.stderr.write(`page error: ${error.message}\n`))
  page.on('console', (message) => {
    if (message.type() === 'error') process.stderr.write(`console: ${message.text()}\n`)
  })
  await page.goto('/')
  await page.getByLabel(/User name|Nom d’utilisateur/).fill(process.env['UI_USER'] ?? 'admin')
  await page.locator('#password').fill(process.env['UI_PASSWORD'] ?? 'fixture')
  await page.locator('form button.primary').click()
  await page.locator('#content').waitFor()
  return page
}
