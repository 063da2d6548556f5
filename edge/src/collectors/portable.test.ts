import assert from 'node:assert/strict'
import { totalmem } from 'node:os'
import { test } from 'node:test'
import { createSampler } from '../sampler.ts'
import { hostClock } from '../host-clock.ts'
import { createCollectors } from './registry.ts'

test('the portable collectors measure this machine too', async () => {
  const collectors = createCollectors({ agentVersion: '1', platform: 'darwin' })
  const sampler = createSampler({ collectors, clock: hostClock(), timeoutMs: 30_000 })
  await sampler.sample()
  const { host, filesystems, collectorFaults } = await sampler.sample()
  assert.deepEqual(collectorFaults, [])
  assert.equal(host?.memoryTotalBytes, totalmem())
  assert.ok((host?.cpuCoreBusyPercent.length ?? 0) > 0)
  assert.ok(host?.cpuUsagePercent !== undefined && host.cpuUsagePercent >= 0 && host.cpuUsagePercent <= 100)
  assert.ok((filesystems?.mount.length ?? 0) > 0)
})
