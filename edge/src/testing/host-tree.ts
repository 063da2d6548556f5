// A host made of files: what a collector would find under /, /proc and /sys, in a directory of its own.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import type { MeasuredHost, Moment } from '../collectors/collector.ts'

export type HostFiles = Readonly<Record<string, string | Buffer>>

export type HostTree = MeasuredHost & {
  /** Adds or replaces files. */
  write(files: HostFiles): void
  remove(path: string): void
}

/** Removed when the test ends. Paths start with `proc/`, `sys/`, `etc/`, `run/`, `var/` … */
export function hostTree(test: TestContext, files: HostFiles): HostTree {
  const root = mkdtempSync(join(tmpdir(), 'secumon-host-'))
  test.after(() => rmSync(root, { recursive: true, force: true }))
  const write = (added: HostFiles) => {
    for (const [path, content] of Object.entries(added)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), content)
    }
  }
  write(files)
  return {
    roots: { root, proc: join(root, 'proc'), sys: join(root, 'sys') },
    agentVersion: '1.2.3',
    write,
    remove: (path) => rmSync(join(root, path), { recursive: true, force: true }),
  }
}

/** A moment that many seconds after the start, with the default periods. */
export const momentAt = (seconds: number): Moment => ({
  nowMs: 1_800_000_000_000 + seconds * 1000,
  monotonicMs: seconds * 1000,
  periodMs: 10_000,
  processPeriodMs: 60_000,
  processCount: 10,
})
