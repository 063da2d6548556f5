// The distribution's Chromium, logged in as the first user.

import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { ensureTool } from '@secumon/infra/embedded/tools'
import { ADMIN_PASSWORD } from './platform.ts'

export const launchBrowser = async (): Promise<Browser> =>
  chromium.launch({ executablePath: await ensureTool('chromium') })

export type Opened = {
  readonly page: Page
  /** What the page complained about. */ readonly complaints: string[]
}

/** Opens a path, logs in on the way, and waits for the screen. */
export async function openLoggedIn(
  browser: Browser,
  url: string,
  context: BrowserContextOptions = {},
): Promise<Opened> {
  const page = await (await browser.newContext(context)).newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(url)
  await page.getByLabel('User name').fill('admin')
  await page.locator('#password').fill(ADMIN_PASSWORD)
  await page.locator('form button.primary').click()
  await page.locator('#content').waitFor()
  return { page, complaints }
}
