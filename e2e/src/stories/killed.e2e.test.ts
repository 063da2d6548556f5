// Gateway, projector and agents are each killed -9 under load; nothing a spool has taken is lost or counted twice, and
// spools forget what is archived.

import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import { assertFreedAsArchived } from '../freed.ts'
import { assertEachFrameOnce } from '../ledger.ts'
import { Platform } from '../platform.ts'
import { StoryFleet } from '../story-agents.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 100_000)

test('kill -9 of gateway, projector and agents under load of 50 agents', { timeout: 200_000 }, async (t) => {
  t.diagnostic(`seed ${seed}`)
  let platform: Platform | undefined
  const directory = await temporaryDirectory({ after }, async () => platform?.stop())
  platform = await Platform.start({ directory, volatile: true })
  await platform.runAll()
  const fleet = await StoryFleet.start(platform, 50)
  after(() => fleet.end('SIGKILL'))
  await fleet.arriving()
  // Moments within a period differ from round to round, and come again with the same seed.
  const pause = (n: number) => sleep(1_500 + ((seed * 7_919 + n * 104_729) % 1_000))
  for (let round = 0; round < 2; round++) {
    await platform.end('ingest', 'SIGKILL')
    await pause(round)
    await platform.run('ingest', ['ingest'])
    await fleet.arriving()
    await platform.end('core', 'SIGKILL')
    await pause(round + 10)
    await platform.run('core', ['projector', 'archiver', 'api'])
    await fleet.end('SIGKILL')
    await pause(round + 20)
    await fleet.start()
    await fleet.arriving()
  }
  t.diagnostic(`${await assertEachFrameOnce(platform, fleet.directory)} frames, each exactly once`)
  await assertFreedAsArchived(platform, fleet)
})
