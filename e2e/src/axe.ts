// What axe finds on a page.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

type Finding = { readonly id: string; readonly impact: string | null }

/** What keeps people out of this page: the rules whose findings are serious or critical. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  const findings = await page.evaluate<Finding[]>('axe.run().then((result) => result.violations)')
  return findings.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id }) => id)
}
