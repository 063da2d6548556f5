// Text that people or programs send: no control characters, which a database refuses and a terminal obeys.

import { z } from '@hono/zod-openapi'

/** @param max characters */
export const text = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^\P{Cc}*$/u, 'control characters are not allowed')
