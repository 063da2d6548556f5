// Text that people or programs send: no control characters, which a database refuses and a terminal obeys, and no halves
// of characters, which nothing can store.

import { z } from '@hono/zod-openapi'

/** @param max characters */
export const text = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'control characters and broken ones are not allowed')

/** Text of several lines, ended by \n however they came. @param max characters */
export const lines = (max: number) =>
  z
    .string()
    .overwrite((written) => written.replaceAll('\r\n', '\n'))
    .max(max)
    .regex(/^(?:[\n\t]|[^\p{Cc}\p{Cs}])*$/u, 'control characters and broken ones are not allowed')

/** What a program calls its series may hold anything that can be stored. @param max characters */
export const storable = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[^\0\p{Cs}]*$/u, 'NUL and broken characters are not allowed')
