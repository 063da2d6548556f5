import assert from 'node:assert/strict'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { hostTree, momentAt } from '../testing/host-tree.ts'
import { CONTAINER, SERVER } from '../testing/hosts.ts'
import { until } from '../testing/until.ts'
import { createSystemdUnitsCollector, parseUnits } from './systemd-units.ts'

const LISTING = `ssh.service        loaded    active   running OpenBSD Secure Shell server
● backup.service   loaded    failed   failed  Nightly backup
gone.service       not-found inactive dead    gone.service
logrotate.timer    loaded    active   waiting Daily rotation of log files
`
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('units are sent when they are first known and when one changed; the failed are counted every time', async (t) => {
  let listing = LISTING
  let asked = 0
  const list = () => Promise.resolve((asked++, listing))
  const collector = createSystemdUnitsCollector(hostTree(t, SERVER), list)
  assert.deepEqual(
    await collector.collect(momentAt(0)),
    { host: { systemdFailedUnits: undefined } },
    'still asking',
  )
  await turn()
  assert.deepEqual(await collector.collect(momentAt(10)), {
    host: { systemdFailedUnits: 1 },
    systemdUnits: {
      unit: ['ssh.service', 'backup.service', 'logrotate.timer'],
      activeState: ['active', 'failed', 'active'],
      subState: ['running', 'failed', 'waiting'],
    },
  })
  await collector.collect(momentAt(60))
  await turn()
  assert.deepEqual(
    await collector.collect(momentAt(70)),
    { host: { systemdFailedUnits: 1 } },
    'nothing changed',
  )
  listing = LISTING.replace('failed   failed', 'active   running')
  await collector.collect(momentAt(120))
  await turn()
  const changed = await collector.collect(momentAt(130))
  assert.equal(changed.host?.systemdFailedUnits, 0)
  assert.equal(changed.systemdUnits?.unit?.length, 3)
  assert.equal(asked, 3)
})

test('a systemctl that fails is said once, and tried again a minute later', async (t) => {
  let asked = 0
  const collector = createSystemdUnitsCollector(hostTree(t, SERVER), () => {
    asked++
    return Promise.reject(new Error('Failed to connect to bus'))
  })
  await collector.collect(momentAt(0))
  await turn()
  assert.throws(() => collector.collect(momentAt(10)), /connect to bus/)
  assert.deepEqual(await collector.collect(momentAt(20)), { host: { systemdFailedUnits: undefined } })
  await collector.collect(momentAt(60))
  assert.equal(asked, 2)
})

test('systemctl is asked in plain columns, in English, through PATH', async (t) => {
  const script =
    '#!/bin/sh\n[ "$1" = list-units ] && [ "$LC_ALL" = C ] && echo "ssh.service loaded active running x"\n'
  const tree = hostTree(t, { ...SERVER, 'bin/systemctl': script })
  const bin = join(tree.roots.root, 'bin')
  chmodSync(join(bin, 'systemctl'), 0o755)
  const path = process.env['PATH']
  t.after(() => (process.env['PATH'] = path))
  process.env['PATH'] = `${bin}:${path}`
  const collector = createSystemdUnitsCollector(tree)
  let units: readonly string[] | undefined
  await until(() => {
    const reading = collector.collect(momentAt(0))
    units = reading instanceof Promise ? undefined : reading.systemdUnits?.unit
    return units !== undefined
  }, 'systemctl answers')
  assert.deepEqual(units, ['ssh.service'])
})

test('where systemd does not run nothing is asked', async (t) => {
  const collector = createSystemdUnitsCollector(hostTree(t, CONTAINER), () => assert.fail('asked'))
  assert.deepEqual(await collector.collect(momentAt(0)), {})
})

test('no more than two thousand units', () => {
  const lines = Array.from({ length: 5000 }, (_, i) => `u${i}.service loaded active running x`)
  assert.equal(parseUnits(lines.join('\n')).length, 2000)
})
