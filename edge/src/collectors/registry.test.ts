import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { LINUX_COLLECTORS, PORTABLE_COLLECTORS, createCollectors } from './registry.ts'

test('every collector in this folder is registered', async () => {
  const registered = new Set<unknown>([...LINUX_COLLECTORS, ...PORTABLE_COLLECTORS])
  const files = readdirSync(import.meta.dirname).filter(
    (name) => name.endsWith('.ts') && !/\.test\.ts$|^registry\.ts$/.test(name),
  )
  for (const file of files) {
    const exported = (await import(`./${file}`)) as Record<string, unknown>
    for (const [name, value] of Object.entries(exported).filter(([key]) => /^create\w+Collector$/.test(key)))
      assert.ok(registered.has(value), `${name} of ${file} is missing in registry.ts`)
  }
})

test('names are unique on each platform', () => {
  for (const platform of ['linux', 'darwin'] as const) {
    const names = createCollectors({ agentVersion: '1', platform }).map(({ name }) => name)
    assert.deepEqual(names, [...new Set(names)], platform)
  }
})
