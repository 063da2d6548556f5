import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostTree, momentAt } from '../testing/host-tree.ts'
import { CONTAINER, SERVER } from '../testing/hosts.ts'
import { createLoggedInUsersCollector, parseUtmp } from './logged-in-users.ts'

type Login = { type?: number; pid?: number; name: string; host?: string; wide?: boolean }

function record({ type = 7, pid = 1, name, host = '', wide = false }: Login): Buffer {
  const bytes = Buffer.alloc(wide ? 400 : 384)
  bytes.writeInt16LE(type, 0)
  bytes.writeInt32LE(pid, 4)
  bytes.write('pts/1', 8)
  bytes.write(name, 44)
  bytes.write(host, 76)
  if (wide) bytes.writeBigInt64LE(1_795_000_000n, 344)
  else bytes.writeInt32LE(1_795_000_000, 340)
  return bytes
}

test('utmp: users whose process is alive', async (t) => {
  const utmp = Buffer.concat([
    record({ type: 2, name: 'reboot' }),
    record({ name: 'alice', host: '192.0.2.7' }),
    record({ name: 'gone', pid: 4711 }),
    record({ type: 8, name: 'left' }),
  ])
  const reading = await createLoggedInUsersCollector(hostTree(t, { ...SERVER, 'run/utmp': utmp })).collect(
    momentAt(0),
  )
  assert.deepEqual(reading, {
    host: { systemUsers: 1 },
    loggedInUsers: [{ name: 'alice', terminal: 'pts/1', host: '192.0.2.7', sinceMs: 1_795_000_000_000n }],
  })
})

test('records of architectures with 64-bit times are longer', () => {
  const [login] = parseUtmp(Buffer.concat([record({ name: 'bob', wide: true })]))
  assert.deepEqual([login?.user.name, login?.user.sinceMs], ['bob', 1_795_000_000_000n])
  const names = (architecture: string, wide: boolean) =>
    parseUtmp(Buffer.concat(Array(wide ? 24 : 25).fill(record({ name: 'bob', wide }))), architecture).map(
      ({ user }) => user.name,
    )
  assert.deepEqual(
    names('arm64', true),
    Array(24).fill('bob'),
    '9,600 bytes could be either: the architecture decides',
  )
  assert.deepEqual(names('x64', false), Array(25).fill('bob'))
})

test('without utmp systemd’s sessions tell; greeters and closing sessions are no users', async (t) => {
  const tree = hostTree(t, {
    ...SERVER,
    'run/systemd/sessions/3.ref': 'a fifo in life',
    'run/systemd/sessions/c1': 'USER=gdm\nCLASS=greeter\nSTATE=active\n',
    'run/systemd/sessions/9': 'USER=bob\nCLASS=user\nSTATE=closing\n',
  })
  assert.deepEqual(await createLoggedInUsersCollector(tree).collect(momentAt(0)), {
    host: { systemUsers: 1 },
    loggedInUsers: [{ name: 'alice', terminal: 'pts/0', host: '192.0.2.7', sinceMs: 1_795_293_999_123n }],
  })
})

test('a host that keeps no record of logins has no number', async (t) => {
  assert.deepEqual(await createLoggedInUsersCollector(hostTree(t, CONTAINER)).collect(momentAt(0)), {})
})

test('a torn record at the end is not read', () => {
  assert.equal(parseUtmp(Buffer.concat([record({ name: 'a' }), Buffer.alloc(100)]), 'x64').length, 1)
})
