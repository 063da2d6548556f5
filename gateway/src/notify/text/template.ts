// Templates of a channel, in Mustache without its sharp edges: names and sections only, each of which must exist. They
// make plain text; the channel escapes and lays it out, so that no template can break a message.

import { Rejected } from '@secumon/domain/rejected'
import Mustache from 'mustache'
import { EXAMPLE } from './example-message.ts'
import { messageView, type View } from './variables.ts'

export const MAX_TEMPLATE_CHARS = 8_000
const MAX_TAGS = 200
const MAX_DEPTH = 4
const MAX_OUTPUT_CHARS = 64_000

type Token = readonly [
  type: string,
  name: string,
  from: number,
  until: number,
  inner?: readonly Token[] | string,
]

// Without a cache: it would keep every template that was ever tried.
const writer = Object.assign(new Mustache.Writer(), { templateCache: undefined })

const MESSAGE_VIEW = messageView(EXAMPLE, { ...EXAMPLE, language: 'en', timeZone: 'UTC' })
const ALERT_NAMES = namesOf((MESSAGE_VIEW['alerts'] as readonly View[])[0] ?? {})
const MESSAGE_NAMES = namesOf(MESSAGE_VIEW)

/** Names that a template may have, for people who write one. */
export const TEMPLATE_NAMES = { message: MESSAGE_NAMES, alert: ALERT_NAMES } as const

/** Says what is wrong with a template, or nothing. An empty one is none. */
export function templateFault(template: string): string | undefined {
  if (template.length > MAX_TEMPLATE_CHARS) return `it has more than ${MAX_TEMPLATE_CHARS} characters`
  const tokens = parsed(template)
  if (typeof tokens === 'string') return tokens
  const tags = countOf(tokens)
  if (tags > MAX_TAGS) return `it has ${tags} tags, more than ${MAX_TAGS}`
  return faultIn(tokens, { names: MESSAGE_NAMES, depth: 0, inAlerts: false })
}

/** @throws Rejected `invalid` saying what is wrong and what there is */
export function checkTemplate(name: string, template: string): void {
  const fault = templateFault(template)
  if (fault !== undefined) throw new Rejected('invalid', `${name}: ${fault}`)
}

/** Plain text, at most 64,000 characters. @throws Rejected */
export function renderTemplate(template: string, view: View): string {
  checkTemplate('template', template)
  return writer.render(template, view, undefined, { escape: String }).slice(0, MAX_OUTPUT_CHARS)
}

function parsed(template: string): readonly Token[] | string {
  try {
    return writer.parse(template) as readonly Token[]
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

type Within = { readonly names: readonly string[]; readonly depth: number; readonly inAlerts: boolean }

function faultIn(tokens: readonly Token[], within: Within): string | undefined {
  for (const token of tokens) {
    const fault = faultOf(token, within)
    if (fault !== undefined) return fault
  }
  return undefined
}

function faultOf(token: Token, within: Within): string | undefined {
  const [type, name] = token
  if (type === 'text' || type === '!') return undefined
  if (type === '>' || type === '=') return `{{${type}${name}}}: partials and other delimiters are not there`
  if (!isKnown(name, within)) return `there is no {{${name}}}; there are ${within.names.join(', ')}`
  if (type !== '#' && type !== '^') return undefined
  if (within.depth >= MAX_DEPTH) return `sections are nested deeper than ${MAX_DEPTH}`
  const opensAlerts = name === 'alerts' && type === '#'
  return faultIn(innerOf(token), {
    // A list within itself would grow without bounds: an alert has no alerts.
    names: opensAlerts ? [...ALERT_NAMES, ...MESSAGE_NAMES.filter((one) => one !== 'alerts')] : within.names,
    depth: within.depth + 1,
    inAlerts: within.inAlerts || opensAlerts,
  })
}

const isKnown = (name: string, { names, inAlerts }: Within): boolean =>
  names.includes(name) || (inAlerts && /^labels\.[A-Za-z0-9_-]+$/.test(name)) || name === '.'

// Of a partial it is the indentation that stands where other tags have what is in them.
const innerOf = ([, , , , inner]: Token): readonly Token[] => (Array.isArray(inner) ? inner : [])

const countOf = (tokens: readonly Token[]): number =>
  tokens.reduce((sum, token) => sum + (token[0] === 'text' ? 0 : 1) + countOf(innerOf(token)), 0)

function namesOf(view: View): string[] {
  return Object.keys(view).map((name) => (name === 'labels' ? 'labels.<name>' : name))
}
