// Writing into a generation that is being built: a transaction context for each stream, kept for as long as one process
// works on it.

import { NO_KEYS } from '@secumon/infra/vault/envelope-sealing'
import type { Database } from '@secumon/infra/database/database'
import type { BatchContext } from '../batch.ts'
import { projectionOf } from '../generations.ts'
import { positionBook } from '../position-book.ts'
import type { Build } from './build.ts'

export type GenerationWriter = {
  readonly db: Database
  readonly nowMs: () => number
  contextOf(stream: string): BatchContext
}

/** Forgets what the projector remembers: another process may have written since. */
export function generationWriter(build: Build): GenerationWriter {
  const { db, projector, generation, clock } = build
  const contexts = new Map<string, BatchContext>()
  const nowMs = () => clock.nowMs()

  function contextOf(stream: string): BatchContext {
    const known = contexts.get(stream)
    if (known) return known
    projector.forget?.(stream)
    const projection = projectionOf(generation)
    const context: BatchContext = {
      db,
      projector,
      projection,
      schema: generation.schema,
      book: positionBook(stream, projection),
      keys: build.keys ?? NO_KEYS,
      synchronousCommit: projector.durable ?? false,
      nowMs,
    }
    contexts.set(stream, context)
    return context
  }

  return { db, nowMs, contextOf }
}
