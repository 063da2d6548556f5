// Fields of channels: settings and secrets are maps of text, so each field is a check of a text, with a sentence for
// people in each language. The forms of the interface and the answers of the API follow from them.

import { z } from 'zod'
import type { Fields, Values } from './notifier.ts'

export type About = { readonly en: string; readonly fr: string }

/** A field as a form shows it. */
export type FieldInfo = {
  readonly name: string
  readonly required: boolean
  readonly about: About
  /** What it may be, where it is one of few. */
  readonly choices?: readonly string[]
  readonly default?: string
  /** It may have several lines. */
  readonly lines: boolean
}

const TEXT_CHARS = 2_000
const LINES_CHARS = 8_000

/** A line of text. */
export const line = (about: About, maxChars = TEXT_CHARS) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(maxChars)
    .regex(/^[^\p{Cc}]*$/u, 'must be one line')
    .meta({ about })

/** Several lines of text. */
export const lines = (about: About) =>
  z.string().trim().min(1, 'must not be empty').max(LINES_CHARS).meta({ about, lines: true })

/** One of few. */
export const choice = <const Choices extends readonly [string, ...string[]]>(
  about: About,
  choices: Choices,
) => z.enum(choices).meta({ about })

/** An address of the web without a user in it. `https` only where the service has nothing else. */
export const webAddress = (about: About, schemes: 'https' | 'http or https' = 'https') =>
  line(about)
    .refine((text) => isWebAddress(text, schemes), `must be an address that starts with ${schemes}://`)
    .refine((text) => !hasUser(text), 'must not hold a user name or password')
    .meta({ about })

function isWebAddress(text: string, schemes: string): boolean {
  const url = URL.parse(text)
  return url !== null && schemes.split(' or ').includes(url.protocol.slice(0, -1))
}

const hasUser = (text: string): boolean => {
  const url = URL.parse(text)
  return url !== null && (url.username !== '' || url.password !== '')
}

/** What a form needs to know of each field. */
export const describeFields = (fields: Fields): FieldInfo[] =>
  Object.entries(fields.shape).map(([name, schema]) => describe(name, schema))

function describe(name: string, schema: z.ZodType): FieldInfo {
  const inner = unwrapped(schema)
  const meta = inner.meta() as { about?: About; lines?: boolean } | undefined
  return {
    name,
    required: !schema.safeParse(undefined).success,
    about: meta?.about ?? { en: name, fr: name },
    lines: meta?.lines === true,
    ...(inner instanceof z.ZodEnum && { choices: inner.options.map(String) }),
    ...(schema instanceof z.ZodDefault && { default: String(schema.parse(undefined)) }),
  }
}

const unwrapped = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodOptional || schema instanceof z.ZodDefault
    ? unwrapped(schema.unwrap() as z.ZodType)
    : schema

/** What is wrong with the values, one sentence each, naming the field and never the value. */
export function faultsOf(fields: Fields, values: Values): string[] {
  const { error } = z.strictObject(fields.shape).safeParse(values)
  return (error?.issues ?? []).map((issue) => {
    if (issue.code === 'unrecognized_keys') return `${issue.keys.join(', ')}: there is no such field`
    const name = String(issue.path[0])
    return `${name}: ${values[name] === undefined ? 'is required' : issue.message}`
  })
}
