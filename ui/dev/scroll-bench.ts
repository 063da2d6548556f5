// Scrolls 10,000 rows and holds the budget: p95 frame ≤ 33 ms, ≤ 60 rows in the document. Exits 1 when it is broken.
// Needs a server with many agents at UI_URL: `node dev/scroll-bench.ts`. Frames are wall time, so other work on the
// machine counts; the processor time of the page's main thread is printed beside it.

import { availableParallelism, loadavg } from 'node:os'
import { launch, loggedIn } from './browser.ts'

const P95_LIMIT_MS = 33
const ROWS_LIMIT = 60
const FRAMES = 300

type Scrolled = { readonly times: number[]; readonly rows: number; readonly travelled: number }

/** Runs in the page: scrolls down in changing steps and by jumps. */
async function scroll(frames: number): Promise<Scrolled> {
  const scroller = document.querySelector('[role=table]')
  if (!scroller) throw new Error('there is no table')
  const times: number[] = []
  let rows = 0
  let top = 0
  let last = performance.now()
  for (let i = 0; i < frames; i++) {
    top += i % 60 === 59 ? 20_000 : 40 + (i % 10) * 30
    scroller.scrollTop = top
    await new Promise((resolve) => requestAnimationFrame(resolve))
    const now = performance.now()
    times.push(now - last)
    last = now
    rows = Math.max(rows, scroller.querySelectorAll('[role=row]').length)
  }
  return { times, rows, travelled: top }
}

const browser = await launch()
const page = await loggedIn(browser, { viewport: { width: 1440, height: 900 } })
await page.goto('/agents')
await page.locator('[role=row] a').first().waitFor()
const devtools = await page.context().newCDPSession(page)
await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
const busyMs = async (): Promise<number> => {
  const { metrics } = await devtools.send('Performance.getMetrics')
  return 1000 * (metrics.find((metric) => metric.name === 'TaskDuration')?.value ?? 0)
}
const before = await busyMs()
const { times, rows, travelled } = await page.evaluate(scroll, FRAMES)
const perFrameMs = ((await busyMs()) - before) / FRAMES
await browser.close()

const sorted = times.toSorted((a, b) => a - b)
const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? NaN).toFixed(1)
const say = (line: string): boolean => process.stdout.write(`${line}\n`)
say(`${FRAMES} frames, ${Math.round(travelled / 36)} rows travelled`)
say(
  `frame p50 ${at(0.5)} ms, p95 ${at(0.95)} ms (limit ${P95_LIMIT_MS}), p99 ${at(0.99)} ms, longest ${at(1)} ms`,
)
say(
  `main thread ${perFrameMs.toFixed(1)} ms of processor time a frame; load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores`,
)
say(`rows in the document ${rows} (limit ${ROWS_LIMIT})`)
if (Number(at(0.95)) > P95_LIMIT_MS || rows > ROWS_LIMIT) process.exitCode = 1
