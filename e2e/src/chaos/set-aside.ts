// Frames that an agent keeps on its disk because no log will take them: they followed a forked head. The next epoch's
// event counts them.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** As `epoch/sequence`. @param stateDirectory of the agent */
export function setAside(stateDirectory: string): Set<string> {
  const names = filesIn(join(stateDirectory, 'quarantine'))
  return new Set(
    names.flatMap((name) => {
      const found = /^telemetry-\w+-(\d+)-(\d+)\.frame$/.exec(name)
      return found ? [`${Number(found[1])}/${Number(found[2])}`] : []
    }),
  )
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
