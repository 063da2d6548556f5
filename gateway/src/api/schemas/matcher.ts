// Labels of an alert that silences, maintenances and policies look at: all matchers have to match.

import { z } from '@hono/zod-openapi'
import { text } from './text.ts'

export const MatchOperator = z.enum(['=', '!=', '~', '!~']).openapi('MatchOperator', {
  description: '`~` and `!~` compare with a pattern of `*` and `?`.',
})

export const MatcherBody = z
  .strictObject({ label: text(100).min(1), operator: MatchOperator, value: text(500) })
  .openapi('Matcher')

export const Matchers = z.array(MatcherBody).max(20)
