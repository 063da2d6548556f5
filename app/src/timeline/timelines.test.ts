import { describeFailure } from '@secumon/domain/timeline/run-timeline'
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { runScript } from './run-script.ts'

const ROOT = join(import.meta.dirname, '../../..')
const FOLDER = join(ROOT, 'domain/timelines')

const suites = [
  ['what alerting does, as scripts', { restarts: false }],
  ['the same, where the alerter goes on from what it has saved after each line', { restarts: true }],
] as const

for (const [says, options] of suites)
  describe(says, () => {
    for (const name of readdirSync(FOLDER).toSorted())
      test(name, async () => {
        const failures = await runScript(readFileSync(join(FOLDER, name), 'utf8'), options)
        assert.deepEqual(
          failures.map((failure) => describeFailure(name, failure)),
          [],
        )
      })
  })

test('the example of the documentation', async () => {
  const text = readFileSync(join(ROOT, 'docs/test-rules.md'), 'utf8')
  const [, example = ''] = /^```\n([^`]*\n---\n[^`]*)^```/m.exec(text) ?? []
  assert.deepEqual(await runScript(example), [])
})
