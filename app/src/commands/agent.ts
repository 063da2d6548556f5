// `secumon agent`: the agent as it is shipped, with its own flags and nothing of the server.

import type { Command } from 'commander'
import { access } from 'node:fs/promises'
import { AGENT_BUNDLE } from '../agent-bundle.ts'

export const define = (command: Command): void =>
  void command
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async () => {
      // It reads its own command line, as if it had been started alone.
      process.argv.splice(2, 1)
      const isBuilt = await access(AGENT_BUNDLE).then(
        () => true,
        () => false,
      )
      await (isBuilt ? import(AGENT_BUNDLE) : import('@secumon/edge/main'))
    })
