import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { z } from 'zod'
import { CONTENT_KINDS } from './content-kinds.ts'
import { inMilliseconds, inWords } from './durations.ts'

const PATHS = ['duration', 'steps.*.delay', 'condition.window']

describe('durations', () => {
  test('are taken where they are known, and given back', () => {
    const file = {
      name: '5m',
      duration: '5m',
      steps: [{ delay: '10s' }, { delay: '1d' }],
      condition: { window: '1h30m' },
    }
    const said = inMilliseconds(file, PATHS)
    assert.deepEqual(said, {
      name: '5m',
      duration_ms: 300_000,
      steps: [{ delay_ms: 10_000 }, { delay_ms: 86_400_000 }],
      condition: { window_ms: 5_400_000 },
    })
    assert.deepEqual(inMilliseconds(inWords(said, PATHS), PATHS), said)
  })

  test('are none elsewhere: a label may be called window', () => {
    const file = { labels: { window: '1h', duration: '5m' }, delay: '10s', steps: { delay: '1s' } }
    assert.deepEqual(inMilliseconds(file, PATHS), file)
  })

  test('that cannot be read stay texts, numbers without a unit too', () =>
    assert.deepEqual(inMilliseconds({ duration: 300, condition: { window: '5 m' } }, PATHS), {
      duration_ms: '300',
      condition: { window_ms: '5 m' },
    }))

  for (const { key, schema, durations } of CONTENT_KINDS)
    test(`of ${key} are all known`, () => {
      const places = [...new Set(millisecondsIn(z.toJSONSchema(schema, { unrepresentable: 'any' })))]
      assert.deepEqual(places.toSorted(), [...durations].toSorted())
    })
})

/** Where a schema has keys that end in `_ms`, as files call them. */
function millisecondsIn(schema: unknown, path: readonly string[] = []): string[] {
  if (Array.isArray(schema)) return schema.flatMap((each: unknown) => millisecondsIn(each, path))
  if (typeof schema !== 'object' || schema === null) return []
  return Object.entries(schema).flatMap(([key, value]) => {
    if (key === 'items') return millisecondsIn(value, [...path, '*'])
    if (key !== 'properties') return millisecondsIn(value, path)
    return Object.entries(value as object).flatMap(([name, inner]) =>
      name.endsWith('_ms')
        ? [[...path, name.slice(0, -'_ms'.length)].join('.')]
        : millisecondsIn(inner, [...path, name]),
    )
  })
}
