import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freePort } from '@secumon/infra/embedded/ports'
import { Counter, Registry } from 'prom-client'
import { Exit } from './exit.ts'
import { startOperations } from './operations.ts'
import type { Health, RunningRole } from './roles/role.ts'

const role = (health: Health): RunningRole => ({ stop: async () => undefined, health: () => health })

test('a process tells its health and its metrics', async (t) => {
  const registry = new Registry()
  new Counter({ name: 'secumon_test_total', help: 'A test', registers: [registry] }).inc(3)
  const running = new Map<string, RunningRole>([['ingest', { stop: async () => undefined }]])
  const options = { host: '127.0.0.1', port: await freePort(), registry, running }
  const operations = await startOperations(options)
  t.after(operations.stop)
  const get = (path: string) => fetch(`http://127.0.0.1:${options.port}${path}`)

  assert.match(await (await get('/metrics')).text(), /secumon_test_total 3/)
  assert.deepEqual(await (await get('/health')).json(), {
    status: 'healthy',
    roles: { ingest: { status: 'healthy' } },
  })
  running.set('projector', role({ status: 'degraded', detail: 'waits' }))
  assert.equal((await get('/health')).status, 200)
  running.set('archiver', role({ status: 'unhealthy' }))
  const unhealthy = await get('/health')
  assert.equal(unhealthy.status, 503)
  assert.equal(((await unhealthy.json()) as { status: string }).status, 'unhealthy')
  assert.equal((await get('/secret')).status, 404)
  await assert.rejects(startOperations(options), (error) => error instanceof Exit && error.code === 69)
})
