// Where the agent lies that is shipped to hosts.

import { join } from 'node:path'

/** One file that needs nothing but node. */
export const AGENT_BUNDLE = join(import.meta.dirname, '../../edge/dist/agent.mjs')
