// A backup is taken while agents send. Then the database, the event log and the data directory are lost, all of them. After
// a restore it is the same product: the same login, the same agents in the same epochs, the same rows.

import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import { ApiClient, type Fleet } from '../api-client.ts'
import { eventually } from '../eventually.ts'
import { Platform } from '../platform.ts'
import { completeUntil, rowsUntil } from '../rows.ts'
import { StoryFleet } from '../story-agents.ts'

const AGENTS = 5

test('everything is lost but a backup', { timeout: 200_000 }, async (t) => {
  let platform: Platform | undefined
  const directory = await temporaryDirectory({ after }, async () => platform?.stop())
  platform = await Platform.start({ directory, volatile: true })
  await platform.runAll()
  const fleet = await StoryFleet.start(platform, AGENTS)
  after(() => fleet.end('SIGKILL'))
  await fleet.arriving()
  const before = await shown(platform)
  const until = await completeUntil(platform, AGENTS)
  const rows = await rowsUntil(platform, until)
  await archived(platform)

  const backup = join(directory, 'backup')
  t.diagnostic(await platform.command('backup', backup))
  t.diagnostic(await platform.command('backup', 'check', backup))
  await loseEverything(platform)
  t.diagnostic(await platform.command('restore', backup))
  await assert.rejects(platform.command('restore', backup), /the database holds an installation/)

  await platform.runAll()
  await fleet.arriving()
  assert.deepEqual(await shown(platform), before)
  assert.deepEqual(await rowsUntil(platform, until), rows)
  assert.ok(rows.length >= AGENTS)
  const epochs = await platform.query('select distinct epoch::int from secumon.agent_position')
  assert.deepEqual(epochs, [{ epoch: 1 }])
  for (const table of ['platform_holes', 'dead_letters'])
    assert.deepEqual(await platform.query(`select * from secumon.${table}`), [], `${table} is not empty`)
  await archived(platform)
  t.diagnostic(await platform.command('archive', 'check'))
})

/** What a person who logs in sees of the agents, whatever they measure now. */
async function shown(platform: Platform) {
  const client = await ApiClient.logIn(platform.apiUrl)
  const { agents } = await client.get<Fleet>('fleet?sort=name')
  return agents.map(({ id, name, tags }) => ({ id, name, tags }))
}

/** Every frame that the tables hold now is in the archive. */
async function archived(platform: Platform): Promise<void> {
  const positions = (projection: string) =>
    platform.query<{ agent: string; sequence: string }>(
      `select agent, sequence from secumon.agent_position where projection = $1 order by agent`,
      [projection],
    )
  const taken = await positions('samples')
  await eventually('what the tables hold is archived', async () => {
    const now = new Map((await positions('archive')).map(({ agent, sequence }) => [agent, Number(sequence)]))
    return taken.every(({ agent, sequence }) => (now.get(agent) ?? 0) >= Number(sequence))
  })
}

async function loseEverything(platform: Platform): Promise<void> {
  await platform.end('ingest', 'SIGKILL')
  await platform.end('core', 'SIGKILL')
  await platform.restartNats((store) => rm(store, { recursive: true }))
  await platform.losePostgres()
  await rm(join(platform.directory, 'data'), { recursive: true })
}
