import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { alertRow } from '../shape/testing/alerts.ts'
import type { live as Live } from './live-feed.svelte.ts'
import type { rereadOn as RereadOn } from './reread.ts'
import { installBrowser } from './testing/browser.ts'
import { FakeSource } from './testing/fake-source.ts'

let live: typeof Live
let rereadOn: typeof RereadOn
beforeAll(async () => {
  vi.useFakeTimers()
  installBrowser()
  vi.stubGlobal('EventSource', FakeSource)
  live = (await import('./live-feed.svelte.ts')).live
  rereadOn = (await import('./reread.ts')).rereadOn
})
beforeEach(() => live.open(() => undefined))

describe('reading again', () => {
  it('reads once a moment after events that concern it, and not for others', () => {
    const read = vi.fn()
    const end = rereadOn({ alerts: (rows) => rows.some(({ id }) => id === 'A') }, read)
    FakeSource.last?.say('alerts', [alertRow({ id: 'B' })])
    FakeSource.last?.say('incidents', [])
    vi.advanceTimersByTime(1_000)
    expect(read).not.toHaveBeenCalled()
    FakeSource.last?.say('alerts', [alertRow({ id: 'A' })])
    FakeSource.last?.say('alerts', [alertRow({ id: 'A' })])
    vi.advanceTimersByTime(1_000)
    expect(read).toHaveBeenCalledTimes(1)
    end()
    FakeSource.last?.say('alerts', [alertRow({ id: 'A' })])
    vi.advanceTimersByTime(1_000)
    expect(read).toHaveBeenCalledTimes(1)
  })
  it('reads at once after a pause', () => {
    const read = vi.fn()
    const end = rereadOn({}, read)
    live.paused = true
    live.paused = false
    expect(read).toHaveBeenCalledTimes(1)
    end()
  })
})
