// The release before this one has run, with agents, and its data is on disk. This one takes over, process by process while
// agents send, then the agents themselves: everything that was there is there, and nothing is lost or counted twice.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import { ApiClient, type Fleet } from '../api-client.ts'
import { eventually } from '../eventually.ts'
import { unpackLastRelease } from '../last-release.ts'
import { assertEachFrameOnce } from '../ledger.ts'
import { Platform, PRESENT } from '../platform.ts'
import { completeUntil, rowsUntil } from '../rows.ts'
import { STORY_FLEET, StoryFleet } from '../story-agents.ts'

const AGENTS = 5

test('what the last release wrote is read by this one', { timeout: 200_000 }, async (t) => {
  let platform: Platform | undefined
  const directory = await temporaryDirectory({ after }, async () => platform?.stop())
  const release = await unpackLastRelease(join(directory, 'last-release'))
  platform = await Platform.start({ directory, volatile: true, release })
  await platform.runAll()
  const fleet = await StoryFleet.start(platform, AGENTS, { program: release.fleet })
  after(() => fleet.end('SIGKILL'))
  await fleet.arriving()
  const client = await ApiClient.logIn(platform.apiUrl)
  const [first] = await shown(client)
  await client.patch(`agents/${first?.id}`, { tags: ['last-release'] })
  const before = await shown(client)
  const until = await completeUntil(platform, AGENTS)
  const rows = await rowsUntil(platform, until)

  // The old gateway sends to the new core for a while, and old agents to the new gateway.
  await platform.end('core')
  platform.release = PRESENT
  t.diagnostic(await platform.command('migrate'))
  await platform.run('core', ['projector', 'archiver', 'api', 'alerter'])
  await fleet.arriving()
  await platform.end('ingest')
  await platform.run('ingest', ['ingest'])
  await fleet.arriving()
  await fleet.end('SIGTERM')
  fleet.program = STORY_FLEET
  await fleet.start()
  await fleet.arriving()

  assert.deepEqual(await shown(client), before, 'with the token of before')
  assert.deepEqual(await shown(await ApiClient.logIn(platform.apiUrl)), before)
  assert.deepEqual(await rowsUntil(platform, until), rows)
  await client.patch(`agents/${first?.id}`, { tags: ['this-release'] })
  t.diagnostic(`${await assertEachFrameOnce(platform, fleet.directory)} frames, each exactly once`)
  await archiveIsWhole(platform)
})

const shown = async (client: ApiClient) =>
  (await client.get<Fleet>('fleet?sort=enrolled')).agents.map(({ id, name, tags }) => ({ id, name, tags }))

/** The archive has begun with what the log held, and every chain goes on in its first epoch. */
async function archiveIsWhole(platform: Platform): Promise<void> {
  const epochs = await platform.query('select distinct epoch::int from secumon.agent_position')
  assert.deepEqual(epochs, [{ epoch: 1 }])
  const chains = () =>
    platform.query(
      `select from secumon.agent_position a join secumon.agent_position s using (agent, lane)
       where a.projection = 'archive' and s.projection = 'samples' and a.sequence >= s.sequence - 5`,
    )
  await eventually('every chain is archived', async () => (await chains()).length >= AGENTS)
  await platform.command('archive', 'check')
  await eventually('all is well', async () => (await platform.command('status')) !== '')
}
