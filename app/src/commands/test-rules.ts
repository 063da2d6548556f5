// `secumon test-rules FILE…`: runs scripts of what happens and what is expected of it, in memory, and says where it comes
// otherwise.

import { TimelineFault } from '@secumon/domain/timeline/fault'
import { describeFailure } from '@secumon/domain/timeline/run-timeline'
import type { Command } from 'commander'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Exit, exitCode } from '../exit.ts'
import { runScript } from '../timeline/run-script.ts'

/** Something came otherwise than a script expects. */
const FAILED = 1
const SCRIPT = '.timeline'

export const define = (command: Command): void =>
  void command
    .argument('<path...>', `scripts, see docs/test-rules.md; of a directory, every *${SCRIPT} in it`)
    .action(async (paths: readonly string[]) => {
      const scripts = (await Promise.all(paths.map(scriptsAt))).flat()
      const codes: number[] = []
      for (const path of scripts) codes.push(await testScript(path))
      process.exitCode = Math.max(exitCode.ok, ...codes)
    })

/** @throws Exit 65 when a directory has none */
async function scriptsAt(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path]
  const names = (await readdir(path)).filter((name) => name.endsWith(SCRIPT)).toSorted()
  if (names.length === 0) throw new Exit(exitCode.data, `there is no *${SCRIPT} in ${path}`)
  return names.map((name) => join(path, name))
}

async function testScript(path: string): Promise<number> {
  const text = await readFile(path, 'utf8')
  try {
    const failures = await runScript(text)
    if (failures.length === 0) console.log(`${path}: ok`)
    for (const failure of failures) console.log(describeFailure(path, failure))
    return failures.length === 0 ? exitCode.ok : FAILED
  } catch (error) {
    if (!(error instanceof TimelineFault)) throw error
    const { line, column } = error.place
    console.error(`${path}:${line}:${column}: ${error.message}`)
    return exitCode.data
  }
}
