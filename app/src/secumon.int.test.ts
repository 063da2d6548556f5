import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import { secumon } from './testing/command.ts'

const endings: readonly {
  readonly args: readonly string[]
  readonly environment?: Record<string, string>
  readonly code: number
  readonly says: RegExp
}[] = [
  { args: ['version'], code: 0, says: /^secumon \d+\.\d+\.\d+ \(node v24/ },
  { args: ['--help'], code: 0, says: /up .*start everything/ },
  { args: ['run', '--help'], code: 0, says: /ingest +takes frames/ },
  { args: ['agent', '--help'], code: 0, says: /--enrolment-token/ },
  { args: ['fly'], code: 64, says: /unknown command 'fly'/ },
  { args: ['up', '--prot', '1'], code: 64, says: /Did you mean --port/ },
  { args: ['up', '--demo', 'many'], code: 64, says: /number of agents/ },
  { args: ['run', 'cook'], code: 64, says: /Allowed choices are all, archiver/ },
  { args: ['run', 'ingest'], code: 78, says: /NATS_URL is not set/ },
  { args: ['restore', '/nowhere'], code: 65, says: /there is no backup in \/nowhere/ },
  { args: ['backup', 'check', '/nowhere'], code: 65, says: /there is no backup in \/nowhere/ },
  { args: ['up'], environment: { SECUMON_PORT: 'x', JWT_ENABLED: 'false' }, code: 78, says: /2 faults/ },
  {
    args: ['run', 'ingest'],
    environment: { NATS_URL: 'nats://127.0.0.1:1' },
    code: 69,
    says: /NATS cannot be used/,
  },
  { args: ['agent', '--period', '0'], code: 78, says: /period/ },
  { args: ['archive', 'check', '--since', 'monday'], code: 64, says: /a day like 2026/ },
]

for (const { args, environment, code, says } of endings)
  test(`secumon ${args.join(' ')} ends with ${code}`, async () => {
    const ending = await secumon(args, environment)
    assert.equal(ending.code, code, ending.stderr)
    assert.match(ending.stdout + ending.stderr, says)
    assert.doesNotMatch(ending.stderr, /\n {4}at /, 'no stack for what was foreseen')
  })

test('a command that needs a running SecuMon says that there is none', async (t) => {
  const data = await temporaryDirectory(t)
  for (const args of [['token', 'create'], ['admin', 'reset-password'], ['migrate']]) {
    const { code, stderr } = await secumon([...args, '--data', data])
    assert.equal(code, 69, stderr)
    assert.match(stderr, /no SecuMon runs on/)
  }
})
