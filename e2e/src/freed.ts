// What agents have let go of against what the archive holds: they forget because of it, and never before it.

import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { uuidToUlid } from '@secumon/contracts/ids'
import { eventually } from './eventually.ts'
import type { Platform } from './platform.ts'
import type { StoryFleet } from './story-agents.ts'

/** Sequences by chain, `<agent>-<epoch>`. */
type Sequences = ReadonlyMap<string, number>

const SPOOL = /^telemetry-(.+-\d+)$/

/** Up to where the spools of a fleet were told that they may forget. */
async function freed(directory: string): Promise<Sequences> {
  const found = new Map<string, number>()
  for (const agent of await readdir(directory, { withFileTypes: true })) {
    if (!agent.isDirectory()) continue
    for (const spool of await readdir(join(directory, agent.name, 'spool'))) {
      const chain = SPOOL.exec(spool)?.[1]
      const path = join(directory, agent.name, 'spool', spool, 'durable')
      if (chain) found.set(chain, Number(await readFile(path, 'utf8').catch(() => '0')))
    }
  }
  return found
}

async function archived(platform: Platform): Promise<Sequences> {
  const rows = await platform.query<{ agent: string; epoch: number; sequence: number }>(
    `select agent::text, epoch::int, sequence::int from secumon.agent_position
     where projection = 'archive' and version = 1 and lane = 1`,
  )
  return new Map(rows.map(({ agent, epoch, sequence }) => [`${uuidToUlid(agent)}-${epoch}`, sequence]))
}

/** Acks that an agent has had since: each says what is durable. */
const LATER_FRAMES = 5

/** Ends the fleet once every agent must have heard that what is archived now may be forgotten; none may forget more. */
export async function assertFreedAsArchived(platform: Platform, fleet: StoryFleet): Promise<void> {
  const wanted = await archived(platform)
  assert.equal(wanted.size, fleet.agents)
  await eventually('every agent has gone on', async () => {
    const now = await archived(platform)
    return [...wanted].every(([chain, sequence]) => (now.get(chain) ?? 0) >= sequence + LATER_FRAMES)
  })
  await fleet.end('SIGTERM')
  const [held, now] = [await freed(fleet.directory), await archived(platform)]
  for (const [chain, sequence] of wanted) {
    const forgotten = held.get(chain) ?? 0
    const place = `${chain} forgot ${forgotten}; archived were ${sequence}, and now ${now.get(chain)}`
    assert.ok(forgotten >= sequence && forgotten <= (now.get(chain) ?? 0), place)
  }
}
