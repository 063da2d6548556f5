// What a setting is, and the forms its value may have.

import { z } from 'zod'

export type Setting<T> = {
  /** Name in the environment. */
  readonly variable: string
  readonly schema: z.ZodType<T>
  /** Never printed. */
  readonly secret: boolean
  /** One sentence for people. */
  readonly about: string
}

/** One that may be printed. */
export const setting = <T>(variable: string, schema: z.ZodType<T>, about: string): Setting<T> => ({
  variable,
  schema,
  secret: false,
  about,
})

/** One that is never printed, and has no flag. */
export const secret = <T>(variable: string, schema: z.ZodType<T>, about: string): Setting<T> => ({
  ...setting(variable, schema, about),
  secret: true,
})

/** 1 – 65,535. */
export const port = z.coerce.number('must be a port number').int().min(1).max(65_535)

/** An address with one of these schemes. */
export const url = (...schemes: string[]) =>
  z.url({
    protocol: new RegExp(`^(${schemes.join('|')})$`),
    error: `must be a URL starting with ${schemes.join(':// or ')}://`,
  })

/** Anything but nothing. */
export const text = z.string().min(1)

/** Separated by commas. */
export const list = z.string().transform((items) => items.split(',').map((item) => item.trim()))

/** A number of days. */
export const days = (fallback: number) => z.coerce.number().int().min(1).max(MAX_DAYS).default(fallback)

/** Hour and minute. */
export const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day like 04:00')
  .transform((time) => ({ hour: Number(time.slice(0, 2)), minute: Number(time.slice(3)) }))

/** 32 bytes in base64 or hexadecimal. */
export const masterKeyText = z
  .string()
  .regex(
    /^([A-Za-z0-9+/]{43}=?|[A-Za-z0-9_-]{43}|[0-9a-fA-F]{64})$/,
    'must be 32 bytes in base64 or hexadecimal',
  )
  .transform((key) => Buffer.from(key, key.length === 64 ? 'hex' : 'base64'))

/** The same, several, separated by commas. */
export const masterKeyList = z
  .string()
  .transform((keys) => keys.split(',').flatMap((key) => key.trim() || []))
  .pipe(z.array(masterKeyText))

const MAX_DAYS = 3_650

// Not the domain's: an agent reads settings too, and has no use for a calendar.
/** Whether a time zone has this name. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return /^[A-Za-z]/.test(name)
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}
