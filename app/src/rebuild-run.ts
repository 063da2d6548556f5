// What the commands `rebuild` and `verify` share: how they are stopped, how they fail, and how far back they reach.

import type { Database } from '@secumon/infra/database/database'
import type { Generation } from '@secumon/projections/generations'
import { Exit, exitCode, type ExitCode } from './exit.ts'
import { stopSignal } from './lifecycle.ts'

const CODES: Readonly<Record<string, ExitCode>> = {
  NothingToRebuild: exitCode.usage,
  NothingToUndo: exitCode.usage,
  OtherCode: exitCode.usage,
  RebuildRunsElsewhere: exitCode.temporary,
  RebuildCancelled: exitCode.temporary,
  LiveStandsStill: exitCode.temporary,
  ArchiveElsewhere: exitCode.configuration,
  ArchiveDamaged: exitCode.data,
}

/** Runs the work. @throws Exit with the code that stands for what went wrong */
export async function explained<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause
    if (cause instanceof Stopped)
      throw new Exit(exitCode.temporary, 'interrupted; the same command goes on from here', { cause })
    const code = CODES[cause.name]
    if (code === undefined) throw cause
    throw new Exit(code, cause.message, { cause })
  }
}

class Stopped extends Error {
  override readonly name = 'Stopped'
}

/** Aborts with the first SIGINT, SIGTERM or SIGHUP. */
export function stoppable(): { readonly signal: AbortSignal; readonly forget: () => void } {
  const stopping = new AbortController()
  const asked = stopSignal()
  void asked.received.then(() => stopping.abort(new Stopped()))
  return { signal: stopping.signal, forget: () => asked.forget() }
}

/** The time before which neither archive nor log hold anything. */
export async function horizonText(
  db: Database,
  { projection, generation }: Pick<Generation, 'projection' | 'generation'>,
): Promise<string> {
  const { horizon } = await db
    .selectFrom('secumon.agent_position')
    .select(({ fn }) => fn.min('horizon_at').as('horizon'))
    .where('projection', '=', projection)
    .where('version', '=', generation)
    .executeTakeFirstOrThrow()
  // Kysely does not know that a minimum of nothing is null.
  const atMs: number | null = horizon
  return atMs === null
    ? 'neither archive nor log hold a record of an agent'
    : `horizon: archive and log reach back to ${new Date(atMs).toISOString()}`
}
