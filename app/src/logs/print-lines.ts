// Prints log lines as fast as they are taken.

import type { LogLine } from '@secumon/projections/logs/queries/log-line'
import { once } from 'node:events'
import { exitCode } from '../exit.ts'
import { lineText } from './line-text.ts'

export async function printLines(
  lines: AsyncIterable<LogLine>,
  { json }: { readonly json?: boolean },
): Promise<void> {
  const output = process.stdout
  // Whoever reads only the first lines closes the pipe: nothing is wrong then.
  output.on('error', () => process.exit(exitCode.ok))
  for await (const line of lines)
    if (!output.write(`${json ? JSON.stringify(line) : lineText(line)}\n`)) await once(output, 'drain')
}
