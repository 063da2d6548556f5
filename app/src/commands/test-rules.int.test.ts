import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { secumon } from '../testing/command.ts'

const folder = mkdtempSync(join(tmpdir(), 'secumon-test-rules-'))
after(() => rmSync(folder, { recursive: true }))

const HEADER = `agents: [web-1]
rules:
  - { name: CPU busy, severity: info, condition: { kind: metric, metric: cpu.usage_percent, comparison: gt, threshold: 90 } }
---
`
const script = (name: string, lines: string): string => {
  const path = join(folder, name)
  writeFileSync(path, HEADER + lines)
  return path
}
const good = script('good.timeline', '0s  cpu=96  | firing, muted no_policy\n')
const bad = script('bad.timeline', '0s  cpu=96  | resolved, muted no_policy\n')
const nothing = mkdtempSync(join(folder, 'nothing-'))
const malformed = script('malformed.timeline', '0s  cpu\n')

test('scripts that come as expected end with 0, one that does not with 1, one that cannot be run with 65', async () => {
  const [ok, failed, faulty, directory, empty] = await Promise.all([
    secumon(['test-rules', good]),
    secumon(['test-rules', good, bad]),
    secumon(['test-rules', bad, malformed, good]),
    secumon(['test-rules', folder]),
    secumon(['test-rules', nothing]),
  ])
  assert.deepEqual([ok.code, ok.stdout], [0, `${good}: ok\n`])
  assert.equal(failed.code, 1)
  assert.match(failed.stdout, /bad\.timeline:5: 0s {2}cpu=96.*\n {4}did not happen: resolved\n/)
  assert.equal(faulty.code, 65)
  assert.match(faulty.stderr, /malformed\.timeline:5:5: /)
  assert.match(faulty.stdout, /good\.timeline: ok/)
  assert.equal(directory.code, 65)
  assert.match(directory.stdout, /bad\.timeline:5: [^]*good\.timeline: ok/)
  assert.deepEqual([empty.code, empty.stderr], [65, `secumon: there is no *.timeline in ${nothing}\n`])
})
