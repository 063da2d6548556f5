// A script as a file: a header in YAML, a line `---`, and the lines of time. What is wrong with the header is said with
// its place, too.

import { instantOf, isTimeZone, parseWallClock } from '@secumon/domain/calendar/zone'
import { parseDuration } from '@secumon/domain/duration'
import { TimelineFault, type Place } from '@secumon/domain/timeline/fault'
import { parseTimeline, type TimelineLine } from '@secumon/domain/timeline/parse-timeline'
import { isUlid } from '@secumon/contracts/ids'
import { z } from 'zod'
import { readSource, SourceUnreadable, type Source } from '../content/source.ts'

const text = z.string().min(1)
const duration = z.string().transform((said, context) => {
  const ms = parseDuration(said)
  if (ms !== undefined && ms > 0) return ms
  context.addIssue('say a duration: 10s')
  return z.NEVER
})
const agent = z.union([
  text.transform((name) => ({ name, tags: [], period: undefined })),
  z.strictObject({ name: text, tags: z.array(text).default([]), period: duration.optional() }),
])
// What matters of a channel here; the rest says how it is reached.
const channel = z.union([
  text.transform((name) => ({ id: undefined, name, kind: 'webhook', rate_per_minute: 0 })),
  z.looseObject({
    id: z.string().refine(isUlid).optional(),
    name: text,
    kind: text.default('webhook'),
    rate_per_minute: z.int().min(0).default(0),
  }),
])
const list = z.array(z.unknown()).optional()
const tenantContent = {
  agents: z.array(agent).default([]),
  channels: z.array(channel).default([]),
  /** The rules that the product brings along. */
  default_rules: z.boolean().default(false),
  rules: list,
  policies: list,
  schedules: list,
  maintenances: list,
}
const change = z.strictObject({ rules: list, policies: list, schedules: list, maintenances: list })

const header = z.strictObject({
  ...tenantContent,
  start: z.string().default('2026-01-05T00:00:00'),
  time_zone: z.string().refine(isTimeZone, 'say a time zone: Europe/Paris').default('UTC'),
  period: duration.default(10_000),
  tenants: z.record(text, z.strictObject(tenantContent)).default({}),
  changes: z.record(text, change).default({}),
})

export type ScriptHeader = z.output<typeof header>
export type TenantContent = ScriptHeader['tenants'][string]
export type ContentLists = z.output<typeof change>

export type Script = {
  readonly header: ScriptHeader
  readonly startMs: number
  readonly lines: readonly TimelineLine[]
  /** Where a part of the header stands. */
  readonly placeOf: Source['placeOf']
}

const RULER = /^---[ \t]*$/
const FIRST: Place = { line: 1, column: 1 }

/** @throws TimelineFault */
export function readScript(content: string): Script {
  const rows = content.split(/\r?\n/)
  const ruler = rows.findIndex((row) => RULER.test(row))
  if (ruler < 0) throw new TimelineFault('a line `---` parts the header from what happens', FIRST)
  const { value, placeOf } = sourceOf(rows.slice(0, ruler).join('\n'))
  const parsed = headerOf(value, placeOf)
  const startMs = startOf(parsed, placeOf)
  const calendar = { startMs, zone: parsed.time_zone }
  const lines = parseTimeline(rows.slice(ruler + 1).join('\n'), ruler + 2, calendar)
  if (lines.length === 0) throw new TimelineFault('nothing happens in it', { line: ruler + 1, column: 1 })
  return { header: parsed, startMs, lines, placeOf }
}

function sourceOf(yaml: string): Source {
  try {
    return readSource(yaml, { merge: true })
  } catch (error) {
    if (!(error instanceof SourceUnreadable)) throw error
    throw new TimelineFault(error.faults[0].reason, error.faults[0].place)
  }
}

function headerOf(value: unknown, placeOf: Script['placeOf']): ScriptHeader {
  const { success, data, error } = header.safeParse(value ?? {})
  if (success) return data
  const [issue] = error.issues
  const path = (issue?.path ?? []).map((part) => (typeof part === 'number' ? part : String(part)))
  throw new TimelineFault([...path, issue?.message].join(': '), placeOf(path))
}

function startOf({ start, time_zone: zone }: ScriptHeader, placeOf: Script['placeOf']): number {
  const wall = parseWallClock(start.length === 16 ? `${start}:00` : start)
  if (wall) return instantOf(wall, zone)
  throw new TimelineFault('say when it begins: 2026-01-05T00:00', placeOf(['start']))
}
