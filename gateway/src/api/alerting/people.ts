// Actors with their names, as far as there are any.

import type { Database } from '@secumon/infra/database/database'
import { usernames } from '@secumon/infra/vault/users'
import type { z } from 'zod'
import type { ActorBody } from '../schemas/actor.ts'

type Who = Pick<z.infer<typeof ActorBody>, 'kind' | 'id'>
type Named = z.infer<typeof ActorBody>

/** Gives an actor its name. */
export type People = (actor: Who | null) => Named | null

/** Looks all of them up at once. */
export async function peopleOf(db: Database, actors: readonly (Who | null | undefined)[]): Promise<People> {
  const users = actors.flatMap((actor) => (actor?.kind === 'user' ? [actor.id] : []))
  const names = await usernames(db, users)
  return (actor) => actor && { ...actor, name: names.get(actor.id) ?? null }
}
