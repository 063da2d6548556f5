// Which logs the agent of an all-in-one ships: those of the platform itself. The journal of its host is for somebody to
// name: everybody of the tenant would read it.

import { rename, writeFile } from 'node:fs/promises'
import type { DataDirectory } from './data-directory.ts'

/** Writes the agent's configuration anew and gives its path. */
export async function writeOwnLogsFile(directory: DataDirectory): Promise<string> {
  const path = directory.at('agent-logs.json')
  const content = {
    files: [{ name: 'secumon', paths: [directory.at('logs', '*.log')], from: 'beginning' }],
  }
  await writeFile(`${path}.new`, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 })
  await rename(`${path}.new`, path)
  return path
}
