import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostTree, momentAt } from '../testing/host-tree.ts'
import { CONTAINER, SERVER } from '../testing/hosts.ts'
import { createInventoryCollector } from './inventory.ts'
import { createPackageCount } from './packages.ts'
import { virtualization } from './virtualization.ts'

test('sent at start, then only when it changed, looked at every ten minutes', async (t) => {
  const tree = hostTree(t, SERVER)
  const collector = createInventoryCollector(tree)
  const { inventory } = await collector.collect(momentAt(0))
  assert.deepEqual(
    [
      inventory?.os,
      inventory?.cpuModel,
      inventory?.cpuCores,
      inventory?.packages,
      inventory?.agentVersion,
      inventory?.virtualization,
    ],
    ['Debian GNU/Linux 13 (trixie)', 'Test CPU 3 GHz', 2, 2, '1.2.3', ''],
  )
  assert.equal(inventory?.bootedAtMs, 1_795_293_311_000n)
  assert.equal(inventory?.memoryTotalBytes, 16_000_000 * 1024)
  assert.deepEqual(await collector.collect(momentAt(600)), {})
  tree.write({ 'proc/stat': 'cpu  1 2 3 4\nbtime 1795293312\n' })
  assert.deepEqual(
    await collector.collect(momentAt(1200)),
    {},
    'a boot time recomputed a second off is the same boot',
  )
  tree.write({ 'etc/os-release': "PRETTY_NAME='Debian 14'\n" })
  assert.deepEqual(await collector.collect(momentAt(1300)), {}, 'not looked at yet')
  assert.equal((await collector.collect(momentAt(1800))).inventory?.os, 'Debian 14')
})

test('rpm is asked beside the ticks; its answer is a change', async (t) => {
  const tree = hostTree(t, { 'var/lib/rpm/rpmdb.sqlite': 'x' })
  const count = createPackageCount(tree.roots.root, () => Promise.resolve(1234))
  assert.equal(count(), undefined)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(count(), 1234)
})

test('an rpm that fails leaves the count unknown', async (t) => {
  const tree = hostTree(t, { 'var/lib/rpm/Packages': 'x' })
  const count = createPackageCount(tree.roots.root, () => Promise.reject(new Error('no rpm')))
  count()
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(count(), undefined)
})

test('packages are counted across the chunks of a large database', (t) => {
  const entry = 'Package: p\nStatus: install ok installed\nDescription: 0123456789012345678\n\n'
  const tree = hostTree(t, { 'var/lib/dpkg/status': entry.repeat(5000) })
  assert.equal(createPackageCount(tree.roots.root)(), 5000)
})

test('apk’s and pacman’s databases', (t) => {
  const apk = hostTree(t, { 'lib/apk/db/installed': 'P:musl\nV:1\n\nP:busybox\nV:2\n' })
  assert.equal(createPackageCount(apk.roots.root)(), 2)
  const pacman = hostTree(t, {
    'var/lib/pacman/local/ALPM_DB_VERSION': '9',
    'var/lib/pacman/local/bash-5/desc': '',
  })
  assert.equal(createPackageCount(pacman.roots.root)(), 1)
})

test('where a host runs', (t) => {
  const where = (files: Record<string, string>) => virtualization(hostTree(t, files).roots)
  assert.equal(where({ 'sys/class/dmi/id/sys_vendor': 'QEMU\n' }), 'kvm')
  assert.equal(where({ 'sys/class/dmi/id/sys_vendor': 'VMware, Inc.\n' }), 'vmware')
  assert.equal(
    where({
      'sys/class/dmi/id/sys_vendor': 'Microsoft Corporation\n',
      'sys/class/dmi/id/product_name': 'Virtual Machine\n',
    }),
    'microsoft',
  )
  assert.equal(
    where({
      'sys/class/dmi/id/sys_vendor': 'Microsoft Corporation\n',
      'sys/class/dmi/id/product_name': 'Surface\n',
    }),
    '',
  )
  assert.equal(where({ 'proc/cpuinfo': 'flags\t: fpu hypervisor\n' }), 'vm-other')
  assert.equal(where({ 'run/systemd/container': 'lxc\n' }), 'lxc')
  assert.equal(where({ '.dockerenv': '' }), 'docker')
  assert.equal(where({}), '')
})

test('a container without DMI has an inventory', async (t) => {
  const { inventory } = await createInventoryCollector(hostTree(t, CONTAINER)).collect(momentAt(0))
  assert.deepEqual([inventory?.os, inventory?.packages, inventory?.virtualization], ['Linux', 0, 'podman'])
})
