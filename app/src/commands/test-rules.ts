// `secumon test-rules FILE…`: runs scripts of what happens and what is expected of it, in memory, and says where it comes
// otherwise.

import { TimelineFault } from '@secumon/domain/timeline/fault'
import { describeFailure } from '@secumon/domain/timeline/run-timeline'
import type { Command } from 'commander'
import { readFile } from 'node:fs/promises'
import { exitCode } from '../exit.ts'
import { runScript } from '../timeline/run-script.ts'

/** Something came otherwise than a script expects. */
const FAILED = 1

export const define = (command: Command): void =>
  void command
    .argument('<file...>', 'scripts, see docs/test-rules.md')
    .action(async (paths: readonly string[]) => {
      const codes: number[] = []
      for (const path of paths) codes.push(await testScript(path))
      process.exitCode = Math.max(exitCode.ok, ...codes)
    })

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
