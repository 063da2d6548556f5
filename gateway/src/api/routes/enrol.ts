// POST /api/v1/enrol: a host becomes an agent. Its credential is the enrolment token in the body.

import type { ApiDeps } from '../deps.ts'
import {
  answer,
  COMMON_ERRORS,
  createRoute,
  endpoint,
  jsonBody,
  TOO_MANY,
  UNAUTHORIZED,
  UNAVAILABLE,
} from '../endpoint.ts'
import { enrolAgent, type EnrolDeps } from '../enrol-agent.ts'
import { Failure } from '../failures.ts'
import { EnrolBody, EnrolledBody } from '../schemas/enrol.ts'

const route = createRoute({
  method: 'post',
  path: '/api/v1/enrol',
  tags: ['agents'],
  summary: 'Enrol an agent',
  description:
    'The same public key is the same agent, however often it asks; only the first time takes a use.',
  request: jsonBody(EnrolBody),
  responses: {
    200: answer(EnrolledBody, 'Enrolled, now or before.'),
    ...COMMON_ERRORS,
    ...UNAUTHORIZED,
    ...TOO_MANY,
    ...UNAVAILABLE,
  },
})

export const enrol = (deps: EnrolDeps & Pick<ApiDeps, 'enrolFailures'>) =>
  endpoint(route, async (c) => {
    const { address } = c.var.client
    await deps.enrolFailures.check(address)
    const enrolled = await enrolAgent(deps, c.req.valid('json'))
    if (enrolled) return c.json(enrolled, 200)
    await deps.enrolFailures.failed(address)
    throw new Failure(401, 'the enrolment token is not good', {
      detail: 'It is unknown, used up or expired, or the key is enrolled elsewhere. Ask for a new token.',
    })
  })
