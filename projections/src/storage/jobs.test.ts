import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { STORAGE_JOBS } from './jobs.ts'

const ROOT = join(import.meta.dirname, '..')

test('every job that is written somewhere is in the list', async () => {
  const missing: string[] = []
  for (const file of globSync('**/*.ts', { cwd: ROOT, exclude: ['**/*.test.ts', '**/testing/**'] })) {
    const text = readFileSync(join(ROOT, file), 'utf8')
    for (const [, name = ''] of text.matchAll(/^export const (\w+): StorageJob\b/gm)) {
      const exported = ((await import(join(ROOT, file))) as Record<string, unknown>)[name]
      if (!STORAGE_JOBS.some((job) => job === exported)) missing.push(`${file}: ${name}`)
    }
  }
  assert.deepEqual(missing, [])
})

test('each has a name of its own, says what it does, and is not asked for all the time', () => {
  const names = STORAGE_JOBS.map(({ name }) => name)
  assert.equal(new Set(names).size, names.length)
  for (const { name, about, schedule } of STORAGE_JOBS) {
    assert.match(name, /^[a-z0-9]+(-[a-z0-9]+)*$/)
    assert.match(about, /^[a-z].*[^.]$/, `${name}: ${about}`)
    assert.ok(schedule === 'daily' || schedule.everyMs >= 1_000, name)
  }
})
