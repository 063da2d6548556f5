// Two gateways on one log, and agents that are thrown from one to the other: one chain each. Every role runs in a process
// of its own.

import { after, test } from 'node:test'
import { freePort } from '@secumon/infra/embedded/child'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import { assertEachFrameOnce } from '../ledger.ts'
import { Platform } from '../platform.ts'
import { SeverableLink } from '../severable-link.ts'
import { StoryFleet } from '../story-agents.ts'

test('agents move between two gateways in the middle of everything', { timeout: 150_000 }, async (t) => {
  let platform: Platform | undefined
  const directory = await temporaryDirectory({ after }, async () => platform?.stop())
  const ports = { first: await freePort(), second: await freePort() }
  const link = await SeverableLink.open(ports.first)
  after(() => link.close())
  const environment = { SECUMON_INGEST_URL: `http://127.0.0.1:${link.port}` }
  platform = await Platform.start({ directory, volatile: true, environment })
  for (const role of ['archiver', 'projector', 'api'] as const) await platform.run(role, [role])
  for (const [name, port] of Object.entries(ports))
    await platform.run(name, ['ingest'], { SECUMON_INGEST_PORT: String(port) })
  const fleet = await StoryFleet.start(platform, 20)
  after(() => fleet.end('SIGKILL'))
  await fleet.arriving()
  for (let move = 0; move < 6; move++) {
    link.lead(move % 2 === 0 ? ports.second : ports.first)
    await fleet.arriving()
  }
  t.diagnostic(`${await assertEachFrameOnce(platform, fleet.directory)} frames, each exactly once`)
})
