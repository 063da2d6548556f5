// What happens to the files while they are read.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { testDirectory } from '../../testing/chain.ts'
import { readMetricFiles } from './metric-files.ts'

test(
  'what has come in the place of a file since it was listed leads nowhere and holds up nothing',
  { skip: process.platform === 'win32' },
  async (t) => {
    const directory = testDirectory(t)
    const paths = ['a', 'b', 'c', 'd', 'e'].map((name) => join(directory, `${name}.prom`))
    for (const path of paths) writeFileSync(path, 'up 1\n')
    const files = readMetricFiles({ directory, maxAgeMs: 60_000, nowMs: Date.now() })
    const next = async () => (await files.next()).value
    assert.deepEqual(await next(), { name: 'a.prom', text: 'up 1\n' })
    const [, link = '', pipe = '', gone = ''] = paths
    for (const path of [link, pipe, gone]) rmSync(path)
    symlinkSync('/etc/passwd', link)
    execFileSync('mkfifo', [pipe])
    assert.deepEqual(await next(), { name: 'b.prom', fault: 'ELOOP: too many symbolic links encountered' })
    assert.deepEqual(await next(), { name: 'c.prom', fault: 'is no regular file' })
    assert.deepEqual(await next(), { name: 'd.prom' })
    assert.deepEqual(await next(), { name: 'e.prom', text: 'up 1\n' })
    assert.deepEqual(await next(), undefined)
  },
)
