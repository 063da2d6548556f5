// One table: what a rejection is to each kind of caller. The exit codes are those of sysexits(3).

import { Code } from '@connectrpc/connect'
import type { RejectionCode } from '@secumon/domain/rejected'

export type RejectionFace = {
  readonly connect: Code
  readonly http: 400 | 401 | 403 | 404 | 409 | 429 | 503
  readonly exit: number
}

/** How each rejection of the domain looks over Connect, over HTTP and as the exit code of a command. */
export const REJECTIONS: Readonly<Record<RejectionCode, RejectionFace>> = {
  invalid: { connect: Code.InvalidArgument, http: 400, exit: 65 },
  not_found: { connect: Code.NotFound, http: 404, exit: 66 },
  already_exists: { connect: Code.AlreadyExists, http: 409, exit: 73 },
  forbidden: { connect: Code.PermissionDenied, http: 403, exit: 77 },
  conflict: { connect: Code.Aborted, http: 409, exit: 75 },
  too_soon: { connect: Code.ResourceExhausted, http: 429, exit: 75 },
  revoked: { connect: Code.Unauthenticated, http: 401, exit: 77 },
  unavailable: { connect: Code.Unavailable, http: 503, exit: 69 },
}
