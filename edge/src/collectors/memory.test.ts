import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CONTAINER, SERVER } from '../testing/hosts.ts'
import { memorySample } from './memory.ts'

test('used is total − available, cached includes reclaimable slab, swap has its share', () => {
  assert.deepEqual(memorySample(String(SERVER['proc/meminfo'])), {
    memoryTotalBytes: 16_000_000 * 1024,
    memoryUsedBytes: 4_000_000 * 1024,
    memoryAvailableBytes: 12_000_000 * 1024,
    memoryCachedBytes: 10_000_000 * 1024,
    memoryBuffersBytes: 200_000 * 1024,
    memoryUsagePercent: 25,
    swapTotalBytes: 4_000_000 * 1024,
    swapUsedBytes: 1_000_000 * 1024,
    swapUsagePercent: 25,
  })
})

test('a kernel without MemAvailable has free memory and caches for it; no swap has no percentage', () => {
  const sample = memorySample(String(CONTAINER['proc/meminfo']))
  assert.equal(sample.memoryAvailableBytes, 400 * 1024)
  assert.equal(sample.swapTotalBytes, 0)
  assert.equal('swapUsagePercent' in sample, false)
})

test('SwapCached is not mistaken for Cached', () => {
  const sample = memorySample('MemTotal: 100 kB\nMemAvailable: 40 kB\nSwapCached: 7 kB\nCached: 5 kB\n')
  assert.equal(sample.memoryCachedBytes, 5 * 1024)
})

test('a file that tells no total is an error', () => {
  assert.throws(() => memorySample('MemFree: 3 kB\n'), /lacks MemTotal/)
})
