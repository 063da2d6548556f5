import { jetstreamManager, StorageType } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testNats, type Scope } from '../testing/servers.ts'
import { StreamMismatch } from './stream-room.ts'
import { streamTable } from './stream-table.ts'
import { reconcileStreams } from './streams.ts'
import { silentLogger } from './test-event-log.ts'

async function openManager(scope: Scope) {
  const { url } = await testNats(scope)
  const connection = await connect({ servers: url })
  scope.after(() => connection.close())
  return jetstreamManager(connection)
}

test('streams are made as the table says, and a second look changes nothing', async (t) => {
  const manager = await openManager(t)
  await reconcileStreams(manager, { shards: 2 }, silentLogger)
  const names: string[] = []
  for await (const name of manager.streams.names()) names.push(name)
  assert.deepEqual(names.toSorted(), ['EVENTS', 'LOGS_0', 'LOGS_1', 'SECUMON', 'TELEMETRY_0', 'TELEMETRY_1'])
  const { config: events } = await manager.streams.info('EVENTS')
  assert.deepEqual(
    [events.deny_delete, events.deny_purge, events.discard, events.max_bytes],
    [true, true, 'new', -1],
  )
  const { config } = await manager.streams.info('TELEMETRY_1')
  assert.deepEqual(config.subjects, ['telemetry.1.>'])
  assert.ok(config.max_bytes > 0 && 4 * config.max_bytes < 1024 ** 3, 'all fit into what the server has')
  await reconcileStreams(manager, { shards: 2 }, silentLogger)
  assert.deepEqual((await manager.streams.info('TELEMETRY_1')).config, config)
})

test('a limit that is given is applied to what exists', async (t) => {
  const manager = await openManager(t)
  await reconcileStreams(manager, { shards: 1 }, silentLogger)
  await reconcileStreams(manager, { shards: 1, maxStreamBytes: 1024 ** 2 }, silentLogger)
  assert.equal((await manager.streams.info('LOGS_0')).config.max_bytes, 1024 ** 2)
})

test('a stream that cannot be made right is named, with what is wrong', async (t) => {
  const manager = await openManager(t)
  await manager.streams.add({ name: 'EVENTS', subjects: ['events.>'], storage: StorageType.Memory })
  await assert.rejects(
    reconcileStreams(manager, { shards: 1 }, silentLogger),
    (error) => error instanceof StreamMismatch && /EVENTS.*storage: "memory" → "file"/.test(error.message),
  )
})

test('a limit the server has no room for is said', async (t) => {
  const manager = await openManager(t)
  await assert.rejects(
    reconcileStreams(manager, { shards: 1, maxStreamBytes: 4 * 1024 ** 3 }, silentLogger),
    /no room for 2 streams/,
  )
})

test('a server that can compress is asked to, an older one is not', () => {
  const table = (compression: boolean) =>
    streamTable({ shards: 1, compression }).map((stream) => stream.compression)
  assert.deepEqual(table(true), ['s2', undefined, 's2', 's2'])
  assert.deepEqual(table(false), [undefined, undefined, undefined, undefined])
})

test('processes that start together agree', async (t) => {
  const manager = await openManager(t)
  await Promise.all([1, 2, 3].map(() => reconcileStreams(manager, { shards: 1 }, silentLogger)))
  assert.ok((await manager.streams.info('TELEMETRY_0')).config.max_bytes > 0)
})
