import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CONTAINER } from '../testing/hosts.ts'
import { parseMounts } from './mounts.ts'

const paths = (lines: string[], limit = 100) => parseMounts(lines.join('\n'), limit).map(({ path }) => path)

test('pseudo file systems, snaps and container overlays are not the host’s disks', () => {
  const lines = [
    '22 27 0:21 / /proc rw - proc proc rw',
    '27 1 254:0 / / rw shared:1 - ext4 /dev/vda1 rw',
    '30 27 0:25 / /dev/shm rw - tmpfs tmpfs rw',
    '31 27 7:1 / /snap/core/1 ro - squashfs /dev/loop1 ro',
    '32 27 0:40 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw',
    '33 27 8:17 / /var/lib/docker rw - xfs /dev/sdb1 rw',
    '34 27 0:41 / /var/lib/kubelet/pods/1/volumes/v rw - ext4 /dev/sdc rw',
    '35 27 0:42 / /misc rw - autofs auto rw',
  ]
  assert.deepEqual(paths(lines), ['/', '/var/lib/docker'])
})

test('a device mounted several times is listed once, by its shortest path', () => {
  const lines = [
    '40 27 8:1 /www /srv/www/data rw - ext4 /dev/sda1 rw',
    '41 27 8:1 / /srv rw - ext4 /dev/sda1 rw',
    '42 27 0:50 /@ / rw - btrfs /dev/sda2 rw,subvol=/@',
    '43 27 0:51 /@home /home rw - btrfs /dev/sda2 rw,subvol=/@home',
  ]
  assert.deepEqual(paths(lines), ['/', '/srv'])
})

test('what is mounted over a path hides what was there', () => {
  const lines = [
    '44 27 8:1 / /data rw - ext4 /dev/sda1 rw',
    '45 44 8:2 / /data rw - ext4 /dev/sda2 rw',
    '46 27 8:3 / /hidden rw - ext4 /dev/sda3 rw',
    '47 46 0:9 / /hidden rw - tmpfs tmpfs rw',
  ]
  const mounts = parseMounts(lines.join('\n'), 10)
  assert.deepEqual(
    mounts.map(({ path, device }) => [path, device]),
    [['/data', '/dev/sda2']],
  )
})

test('datasets of one pool are file systems of their own', () => {
  const lines = ['50 27 0:60 / /tank/a rw - zfs tank/a rw', '51 27 0:61 / /tank/b rw - zfs tank/b rw']
  assert.deepEqual(paths(lines), ['/tank/a', '/tank/b'])
})

test('network file systems are known as remote; odd characters in paths are read as written', () => {
  const [mount] = parseMounts('60 27 0:70 / /mnt/my\\040files rw - nfs4 nas:/export rw', 10)
  assert.deepEqual(mount, { path: '/mnt/my files', device: 'nas:/export', type: 'nfs4', remote: true })
})

test('the root of a container counts although it is an overlay; its bound files do not', () => {
  assert.deepEqual(paths([String(CONTAINER['proc/self/mountinfo'])]), ['/'])
})

test('no more than asked for, and garbage is passed over', () => {
  const lines = Array.from({ length: 300 }, (_, i) => `${i} 1 8:${i} / /disk${i} rw - ext4 /dev/sd${i} rw`)
  assert.equal(paths(['garbage', '', ...lines], 100).length, 100)
})
