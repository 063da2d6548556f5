// The log is restored from a copy taken 500 frames earlier. Agents go back to where the log stands; each frame is in the
// tables once, and nothing new is taken for something seen.

import { after, test } from 'node:test'
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import { eventually } from '../eventually.ts'
import { assertEachFrameOnce } from '../ledger.ts'
import { Platform } from '../platform.ts'
import { StoryFleet } from '../story-agents.ts'

const LOST_FRAMES = 500

test('nats-server comes back with a store 500 frames old', { timeout: 200_000 }, async (t) => {
  let platform: Platform | undefined
  const directory = await temporaryDirectory({ after }, async () => platform?.stop())
  platform = await Platform.start({ directory, volatile: true })
  await platform.runAll()
  const fleet = await StoryFleet.start(platform, 50)
  after(() => fleet.end('SIGKILL'))
  await fleet.arriving()

  const copy = join(directory, 'older-store')
  await platform.restartNats((store) => cp(store, copy, { recursive: true }))
  await fleet.arriving()
  const then = await fleet.frames()
  await eventually(`${LOST_FRAMES} more frames`, async () => (await fleet.frames()) >= then + LOST_FRAMES)

  await platform.restartNats(async (store) => {
    await rm(store, { recursive: true })
    await cp(copy, store, { recursive: true })
  })
  await fleet.arriving(90_000)
  await fleet.arriving()
  t.diagnostic(`${await assertEachFrameOnce(platform, fleet.directory)} frames, each exactly once`)
})
