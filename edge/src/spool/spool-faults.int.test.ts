// A spool on a disk that is really full, and in a process that is really killed.

import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { testDirectory } from '../testing/chain.ts'
import { fill, open, shown } from '../testing/test-spool.ts'
import { SpoolFull } from './spool.ts'

const canMount = process.getuid?.() === 0
test(
  'a full disk drops the oldest, never the process and never half a record',
  { skip: !canMount && 'needs root' },
  async (t) => {
    const directory = testDirectory(t)
    const disk = join(directory, 'disk')
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk])
    try {
      const path = join(disk, 'spool')
      let spool = open(path)
      fill(spool, 800, 3000)
      assert.equal(spool.head.sequence, 800)
      assert.ok(spool.base.sequence > 400, 'the oldest were dropped')
      const held = shown(spool)
      assert.match(
        held,
        new RegExp(`^\\[1-${spool.base.sequence} dropped\\] ${spool.base.sequence + 1} .*799 800$`),
      )
      await spool.sync()
      await spool.close()
      spool = open(path)
      assert.equal(shown(spool), held)

      // Somebody else takes every byte that comes free.
      const hog = join(disk, 'hog')
      let lost = 0
      for (let i = 0; i < 400; i++) {
        takeAll(hog, i)
        try {
          fill(spool, 1, 3000)
        } catch (error) {
          assert(error instanceof SpoolFull)
          lost++
        }
      }
      assert.ok(lost > 0, 'at last there is no room')
      const { sequence } = spool.head
      for (const name of readdirSync(disk)) if (name.startsWith('hog')) rmSync(join(disk, name))
      fill(spool, 1, 3000)
      assert.equal(spool.head.sequence, sequence + 1)
      assert.match(shown(spool, spool.base.sequence + 1), new RegExp(`${sequence} ${sequence + 1}$`))
      await spool.close()
      assert.equal(open(path).head.sequence, sequence + 1)
    } finally {
      execFileSync('umount', ['-l', disk])
    }
  },
)

function takeAll(prefix: string, i: number): void {
  for (const bytes of [65_536, 4_096]) {
    try {
      for (let k = 0; ; k++) writeFileSync(`${prefix}-${i}-${bytes}-${k}`, Buffer.alloc(bytes))
    } catch (error) {
      assert(error instanceof Error && 'code' in error && error.code === 'ENOSPC')
    }
  }
}

test('kill -9 loses nothing whose append returned, and the dead process’s lock does not hold', async (t) => {
  const directory = testDirectory(t)
  const program = join(import.meta.dirname, '../testing/spool-writer.ts')
  let promised = 0
  for (let round = 0; round < 4; round++) {
    const child = spawn(process.execPath, [program, directory], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    const wanted = promised + 50 + 137 * round
    for await (const chunk of child.stdout) {
      said += String(chunk)
      promised = Number(said.split('\n').at(-2) ?? promised)
      if (promised >= wanted) child.kill('SIGKILL')
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    const spool = open(directory)
    assert.ok(spool.head.sequence >= promised, `${spool.head.sequence} of ${promised} are there`)
    promised = spool.head.sequence
    assert.equal(shown(spool), Array.from({ length: promised }, (_, i) => i + 1).join(' '))
    await spool.close()
  }
})
