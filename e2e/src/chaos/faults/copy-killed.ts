// PostgreSQL struck in the very moment in which a projector copies rows into it: the process of that connection, on which
// the server starts over, or the whole server.

import { eventually } from '../../eventually.ts'
import type { FaultKind } from '../fault.ts'
import type { Scene } from '../scene.ts'

const CATCH_MS = 10_000

export const copyKilled: FaultKind = {
  name: 'killed mid-COPY',
  weight: 2,
  draw: (draw) => {
    const how = draw.oneOf(['backend', 'server'])
    return {
      target: 'postgres',
      how,
      forMs: draw.between(0, 1_000),
      strike: async (scene) => {
        const pid = await copyingBackend(scene)
        if (how === 'server') await scene.process('postgres').end('SIGKILL')
        else process.kill(pid, 'SIGKILL')
      },
      mend: (scene) => scene.process('postgres').ensureUp(),
    }
  },
}

// Numbers are those of this machine: the server may be in a user namespace, never in one of processes.
function copyingBackend({ platform }: Scene): Promise<number> {
  const copying = async () => {
    const [row] = await platform.query<{ pid: number }>(
      `select pid from pg_stat_activity where state = 'active' and query ilike 'copy %' limit 1`,
    )
    return row?.pid
  }
  return eventually('a projector copies rows', copying, { timeoutMs: CATCH_MS, everyMs: 1 })
}
