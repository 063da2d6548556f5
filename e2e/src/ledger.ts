// What agents wrote down against what the tables hold.

import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually } from './eventually.ts'
import type { Platform } from './platform.ts'

/** Times of the observations each agent's spool has surely taken, by agent name. */
export async function readJournals(directory: string): Promise<Map<string, number[]>> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.journal'))
  const entries = await Promise.all(
    files.map(async (file): Promise<[string, number[]]> => {
      const lines = (await readFile(join(directory, file), 'utf8')).split('\n')
      // A kill can tear the last line, which is then not a promise.
      return [file.replace('.journal', ''), lines.slice(0, -1).map(Number)]
    }),
  )
  return new Map(entries)
}

type Held = { readonly name: string; readonly at: number; readonly times: number }

/** How often each observation stands in the table of host metrics. */
async function heldRows(platform: Platform): Promise<Map<string, number>> {
  const [samples, agents] = [await platform.schemaOf('samples'), await platform.schemaOf('agents')]
  const rows = await platform.query<Held>(
    `select a.name, round(extract(epoch from m.time) * 1000)::float8 as at, count(*)::int as times
     from ${samples}.metrics m join ${agents}.agents a using (agent_id) group by 1, 2`,
  )
  return new Map(rows.map(({ name, at, times }) => [`${name}@${at}`, times]))
}

/**
 * Waits until every journalled observation is in the tables, then holds the law: each there exactly once, as many rows
 * as frames in every chain, no hole found, nothing refused.
 */
export async function assertEachFrameOnce(
  platform: Platform,
  directory: string,
  timeoutMs = 60_000,
): Promise<number> {
  const journals = await readJournals(directory)
  const wanted = [...journals].flatMap(([name, times]) => times.map((at) => `${name}@${at}`))
  assert.ok(wanted.length > 0, 'the journals are empty')
  const held = await eventually(
    'every journalled observation is in the tables',
    async () => {
      const rows = await heldRows(platform)
      return wanted.every((key) => rows.has(key)) && rows
    },
    { timeoutMs, everyMs: 500 },
  )
  assert.deepEqual(
    [...held].filter(([, times]) => times !== 1),
    [],
    'an observation stands there more than once',
  )
  await assertChainsAreWhole(platform)
  return wanted.length
}

async function assertChainsAreWhole(platform: Platform): Promise<void> {
  const samples = await platform.schemaOf('samples')
  const uneven = await platform.query(
    `with chains as (select agent, sequence from secumon.agent_position where projection = 'samples' and epoch = 1),
          stored as (select agent_id as agent, count(*) as rows from ${samples}.metrics group by 1)
     select agent, sequence, rows from chains join stored using (agent) where rows < sequence`,
  )
  assert.deepEqual(uneven, [], 'a chain has fewer rows than frames')
  for (const table of ['platform_holes', 'dead_letters'])
    assert.deepEqual(await platform.query(`select * from secumon.${table}`), [], `${table} is not empty`)
}
