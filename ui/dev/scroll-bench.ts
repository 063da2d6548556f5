// Scrolls 10,000 rows and holds the budget: p95 frame ≤ 33 ms, ≤ 60 rows in the document. Exits 1 when it is broken.
// Needs a server with many agents at UI_URL: `node dev/scroll-bench.ts`.

import { launch, loggedIn } from './browser.ts'

const P95_LIMIT_MS = 33
const ROWS_LIMIT = 60
const FRAMES = 300

/** Frame times and the most rows seen while scrolling down in changing steps and by jumps. */
async function scroll(frames: number): Promise<{ times: number[]; rows: number; travelled: number }> {
  const scroller = document.querySelector('[role=table]')
  if (!scroller) throw new Error('there is no table')
  const times: number[] = []
  let rows = 0
  let last = performance.now()
  for (let i = 0; i < frames; i++) {
    scroller.scrollTop += i % 60 === 59 ? 20_000 : 40 + (i % 10) * 30
    await new Promise((resolve) => requestAnimationFrame(resolve))
    const now = performance.now()
    times.push(now - last)
    last = now
    rows = Math.max(rows, document.querySelectorAll('[role=row]').length)
  }
  return { times, rows, travelled: scroller.scrollTop }
}

const browser = await launch()
const page = await loggedIn(browser, { viewport: { width: 1440, height: 900 } })
await page.goto('/agents')
await page.locator('[role=row] a').first().waitFor()
const { times, rows, travelled } = await page.evaluate(scroll, FRAMES)
await browser.close()

const sorted = times.toSorted((a, b) => a - b)
const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? NaN
process.stdout.write(`frames ${FRAMES}, ${Math.round(travelled / 36)} rows travelled\n`)
process.stdout.write(
  `frame p50 ${at(0.5).toFixed(1)} ms, p95 ${at(0.95).toFixed(1)} ms (limit ${P95_LIMIT_MS}), p99 ${at(0.99).toFixed(1)} ms, longest ${at(1).toFixed(1)} ms\n`,
)
process.stdout.write(`rows in the document ${rows} (limit ${ROWS_LIMIT})\n`)
if (at(0.95) > P95_LIMIT_MS || rows > ROWS_LIMIT) process.exitCode = 1
