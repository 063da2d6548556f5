// Agents are cut off for a minute and backfill.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '@secumon/infra/embedded/child'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import { assertEachFrameOnce } from '../ledger.ts'
import { Platform } from '../platform.ts'
import { SeverableLink } from '../severable-link.ts'
import { StoryFleet } from '../story-agents.ts'

const CUT_MS = 60_000

test('cut off for 60 s, the agents backfill without a hole', { timeout: 200_000 }, async (t) => {
  let platform: Platform | undefined
  const directory = await temporaryDirectory({ after }, async () => platform?.stop())
  const port = await freePort()
  const link = await SeverableLink.open(port)
  after(() => link.close())
  const environment = { SECUMON_INGEST_URL: `http://127.0.0.1:${link.port}` }
  platform = await Platform.start({ directory, volatile: true, environment })
  await platform.run('core', ['projector', 'archiver', 'api'])
  await platform.run('ingest', ['ingest'], { SECUMON_INGEST_PORT: String(port) })
  const fleet = await StoryFleet.start(platform, 5)
  after(() => fleet.end('SIGKILL'))
  await fleet.arriving()
  link.cut()
  const before = await fleet.frames()
  await sleep(CUT_MS)
  assert.ok((await fleet.frames()) < before + 2 * fleet.agents, 'frames arrived through a cut link')
  link.mend()
  await fleet.arriving()
  const frames = await assertEachFrameOnce(platform, fleet.directory)
  assert.ok(frames >= (before + (CUT_MS / 1_000) * fleet.agents) * 0.9, `${frames} frames were measured`)
  t.diagnostic(`${frames} frames, each exactly once`)
})
