// What a stream needs of the service it belongs to.

import type { Logger } from 'pino'
import type { Identities } from './identities.ts'
import type { IdentityCommands } from './identity-commands.ts'
import type { IngestContext } from './ingest-context.ts'
import type { Sessions } from './sessions.ts'

export type Gateway = IngestContext & {
  readonly identities: Identities
  readonly commands: IdentityCommands
  readonly sessions: Sessions
  readonly logger: Logger
}
