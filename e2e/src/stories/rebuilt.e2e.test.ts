// While agents go on sending, their tables are built again from archive and log, killed in the middle, gone on with, put
// back; and each time archive and log give what the tables hold, row by row.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startChild } from '@secumon/infra/embedded/child'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import { eventually } from '../eventually.ts'
import { assertEachFrameOnce } from '../ledger.ts'
import { Platform, SECUMON } from '../platform.ts'
import { StoryFleet } from '../story-agents.ts'

test('rebuild, kill -9, go on, undo, verify', { timeout: 200_000 }, async (t) => {
  let platform: Platform | undefined
  const directory = await temporaryDirectory({ after }, async () => platform?.stop())
  platform = await Platform.start({ directory, volatile: true })
  await platform.runAll()
  const fleet = await StoryFleet.start(platform, 20)
  after(() => fleet.end('SIGKILL'))
  await fleet.arriving()

  for (const projection of ['samples', 'agents']) t.diagnostic(await platform.command('verify', projection))

  await killedInTheMiddle(platform, 'samples')
  await platform.command('rebuild', 'throttle', 'samples', 'off')
  assert.match(await platform.command('rebuild', 'samples'), /going on with generation [\s\S]* is live after/)
  assert.match(await platform.command('rebuild', 'agents'), /building generation [\s\S]* is live after/)
  await fleet.arriving()
  await platform.command('verify', 'samples')
  assert.match(await platform.command('rebuild', 'samples', '--undo'), /generation 1 of samples is live/)
  await fleet.arriving()
  t.diagnostic(await platform.command('verify', 'samples'))
  await platform.command('verify', 'agents')
  t.diagnostic(`${await assertEachFrameOnce(platform, fleet.directory)} frames, each exactly once`)

  const schema = await platform.schemaOf('samples')
  const one = `select tableoid, ctid from ${schema}.metrics limit 1`
  await platform.query(`delete from ${schema}.metrics where (tableoid, ctid) = (${one})`)
  await assert.rejects(platform.command('verify', 'samples'), /1 only in what archive and log give/)
})

async function killedInTheMiddle(platform: Platform, projection: string): Promise<void> {
  const child = await startChild(process.execPath, [SECUMON, 'rebuild', projection, '--rate', '20'], {
    env: { ...process.env, ...platform.environment },
    guard: { signal: 'SIGKILL', afterS: 0 },
  })
  const isUnderWay = async () => {
    const rows = await platform.query(
      `select from secumon.rebuilds where projection = $1 and purpose = 'rebuild' and done > 0`,
      [projection],
    )
    return rows.length > 0
  }
  await eventually('the rebuild is under way', isUnderWay, { timeoutMs: 30_000, everyMs: 50 })
  await child.stop('SIGKILL')
}
