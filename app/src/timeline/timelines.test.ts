import { describeFailure } from '@secumon/domain/timeline/run-timeline'
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { runScript } from './run-script.ts'

const FOLDER = join(import.meta.dirname, '../../../domain/timelines')

describe('what alerting does, as scripts', () => {
  for (const name of readdirSync(FOLDER).toSorted())
    test(name, async () => {
      const failures = await runScript(readFileSync(join(FOLDER, name), 'utf8'))
      assert.deepEqual(
        failures.map((failure) => describeFailure(name, failure)),
        [],
      )
    })
})
