// Whose past is shorter in one generation than in another: agents whose first record came later, because neither archive
// nor log hold the earlier ones any more.

import { sql, type RawBuilder } from 'kysely'
import type { Generation } from '../generations.ts'

/**
 * A subquery of (agent uuid, since timestamptz): agents of `longer` that begin later in `shorter`, and when; since is
 * `infinity` for those of whom `shorter` has nothing. What it has of them begins with that record.
 */
export const shortened = (longer: Generation, shorter: Generation): RawBuilder<unknown> => sql`
  select l.agent, max(coalesce(s.horizon_at, 'infinity')) as since
  from secumon.agent_position l left join secumon.agent_position s
    on s.projection = l.projection and s.version = ${shorter.generation} and s.agent = l.agent and s.lane = l.lane
  where l.projection = ${longer.projection} and l.version = ${longer.generation}
    and (s.agent is null or (s.horizon_epoch, s.horizon_sequence) > (l.horizon_epoch, l.horizon_sequence))
  group by l.agent`
