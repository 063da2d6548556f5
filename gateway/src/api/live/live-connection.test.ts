import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exampleAgent, exampleLatest } from '../testing/examples.ts'
import { encodeEvent, LiveConnection } from './live-connection.ts'

const decoder = new TextDecoder()

function connect() {
  const state = { nowMs: 0, closed: 0 }
  const connection = new LiveConnection({ nowMs: () => state.nowMs, onClosed: () => state.closed++ })
  const reader = connection.stream.getReader()
  const read = async (): Promise<{ event: string | undefined; data: unknown } | undefined> => {
    const { value, done } = await reader.read()
    if (done) return undefined
    const text = decoder.decode(value)
    const data = /^data: (.*)$/m.exec(text)?.[1]
    return { event: /^event: (.*)$/m.exec(text)?.[1], data: data === undefined ? text : JSON.parse(data) }
  }
  const sendFleet = (...ids: number[]): void => {
    const rows = ids.map((id) => ({ ...exampleAgent(`AGENT${id}`), load_1: state.nowMs }))
    connection.sendRows('fleet', rows, encodeEvent('fleet', rows))
  }
  return { state, connection, reader, read, sendFleet }
}

test('the first thing said is when to come back', async () => {
  const { read } = connect()
  assert.deepEqual(await read(), { event: undefined, data: 'retry: 2000\n\n' })
})

test('what a slow client misses is replaced by what is newer, one row per agent', async () => {
  const { state, connection, read, sendFleet } = connect()
  for (state.nowMs = 1; state.nowMs <= 1000; state.nowMs++) {
    sendFleet(state.nowMs % 3)
    connection.sendLatest({ ...exampleLatest, at: state.nowMs })
  }
  await read()
  const latest = await read()
  assert.deepEqual([latest?.event, (latest?.data as { at: number } | undefined)?.at], ['agent', 1000])
  const fleet = await read()
  const rows = fleet?.data as { id: string; load_1: number }[]
  assert.deepEqual(new Set(rows.map(({ load_1 }) => load_1)), new Set([998, 999, 1000]))
})

test('it tells since when the client takes nothing, and forgets it when it does', async () => {
  const { state, connection, read } = connect()
  state.nowMs = 5
  connection.ping()
  state.nowMs = 50
  connection.ping()
  assert.equal(connection.blockedSinceMs, 5)
  await read()
  assert.equal((await read())?.event, 'ping')
  assert.equal(connection.blockedSinceMs, undefined)
})

test('a client that takes nothing while the whole fleet changes is cut off', () => {
  const { state, sendFleet } = connect()
  for (let i = 0; i <= 20_000; i++) sendFleet(i)
  assert.equal(state.closed, 1)
})

test('closing ends the stream once, and nothing is sent after', async () => {
  const { state, connection, read, sendFleet } = connect()
  await read()
  connection.close()
  connection.close()
  sendFleet(1)
  connection.ping()
  assert.equal(await read(), undefined)
  assert.equal(state.closed, 1)
})

test('a client that leaves is forgotten', async () => {
  const { state, reader } = connect()
  await reader.cancel()
  assert.equal(state.closed, 1)
})
