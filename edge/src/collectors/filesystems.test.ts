import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { statfs } from 'node:fs/promises'
import type { StatsFs } from 'node:fs'
import { test } from 'node:test'
import { hostTree, momentAt } from '../testing/host-tree.ts'
import { CONTAINER, SERVER } from '../testing/hosts.ts'
import { HOST_ROOTS } from './collector.ts'
import { createFilesystemsCollector } from './filesystems.ts'

const mountinfo = (mounts: Record<string, string>) => ({
  'proc/self/mountinfo': Object.entries(mounts)
    .map(([path, type], i) => `${i} 1 0:${i} / ${path} rw - ${type} server${i}:/export rw`)
    .join('\n'),
})

test('space and inodes are df’s own', async () => {
  const { filesystems } = await createFilesystemsCollector({ roots: HOST_ROOTS, agentVersion: '' }).collect(
    momentAt(0),
  )
  const i = filesystems?.mount?.indexOf('/') ?? -1
  const df = (columns: string) =>
    execFileSync('df', ['-B1', `--output=${columns}`, '/'], { encoding: 'utf8' }).split('\n')[1]
  const [total = 0, percent = 0, inodes = 0] = (df('size,pcent,itotal') ?? '')
    .replace('%', '')
    .trim()
    .split(/\s+/)
    .map(Number)
  assert.equal(filesystems?.totalBytes?.[i], total)
  assert.equal(Math.abs((filesystems?.usagePercent?.[i] ?? 0) - percent) <= 1, true)
  assert.equal(filesystems?.inodesTotal?.[i], inodes)
})

test('a container’s overlay root is measured', async (t) => {
  const { filesystems } = await createFilesystemsCollector(hostTree(t, CONTAINER)).collect(momentAt(0))
  assert.deepEqual([filesystems?.mount, filesystems?.type], [['/'], ['overlay']])
})

test('a mount that hangs costs one timeout, is not asked again, and is measured again once it answered', async (t) => {
  const asked: string[] = []
  const dead = Promise.withResolvers<StatsFs>()
  const stats = await statfs('/')
  const ask = (path: string) => {
    asked.push(path)
    return path === '/dead' && asked.length < 3 ? dead.promise : Promise.resolve(stats)
  }
  const tree = hostTree(t, { ...SERVER, ...mountinfo({ '/dead': 'nfs4', '/fine': 'nfs4' }) })
  const collector = createFilesystemsCollector(tree, ask, 5)
  const first = await collector.collect(momentAt(0))
  assert.deepEqual(first.filesystems?.mount, ['/fine'])
  assert.match(String(first.faults), /^\/dead: did not answer within 5 ms$/)
  const second = await collector.collect(momentAt(10))
  assert.match(String(second.faults), /^\/dead: still does not answer$/)
  assert.deepEqual(asked, ['/dead', '/fine', '/fine'])
  dead.resolve(stats)
  await dead.promise
  const third = await collector.collect(momentAt(20))
  assert.deepEqual(third.filesystems?.mount, ['/dead', '/fine'])
  assert.deepEqual(third.faults, [])
})

test('however many servers are dead, at most two I/O threads wait for them and local disks are measured', async (t) => {
  const hung: string[] = []
  const stats = await statfs('/')
  const ask = (path: string) => {
    if (path === '/local') return Promise.resolve(stats)
    hung.push(path)
    return new Promise<StatsFs>(() => {})
  }
  const mounts = { '/a': 'nfs', '/b': 'cifs', '/c': 'nfs4', '/d': 'fuse.sshfs', '/local': 'ext4' }
  const collector = createFilesystemsCollector(hostTree(t, { ...SERVER, ...mountinfo(mounts) }), ask, 5)
  const reading = await collector.collect(momentAt(0))
  assert.deepEqual(hung, ['/a', '/b'])
  assert.deepEqual(reading.filesystems?.mount, ['/local'])
  assert.equal(reading.faults?.length, 4)
})

test('a mount that went away between listing and asking is a fault of its own', async (t) => {
  const tree = hostTree(t, { ...SERVER, ...mountinfo({ '/no/such/place': 'ext4', '/': 'ext4' }) })
  const reading = await createFilesystemsCollector(tree).collect(momentAt(0))
  assert.deepEqual(reading.filesystems?.mount, ['/'])
  assert.match(String(reading.faults), /no\/such\/place.*ENOENT/)
})
