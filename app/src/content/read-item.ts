// An item of a file as everything else knows it, with all that is wrong with it told in the words of the file. Pure.

import { formatDuration } from '@secumon/domain/duration'
import type { z } from 'zod'
import { ContentFault, type Fault, type Path } from './content-fault.ts'
import { inMilliseconds, isDuration, type DurationPath } from './durations.ts'

export type ItemForm<Text> = {
  readonly schema: z.ZodType<Text>
  /** Where the file says durations. */
  readonly durations: readonly DurationPath[]
}

/** @throws ContentFault with everything that is wrong with it */
export function readItem<Text>({ schema, durations }: ItemForm<Text>, item: unknown): Text {
  const said = inMilliseconds(item, durations)
  const { success, data, error } = schema.safeParse(said)
  if (success) return data
  throw new ContentFault(error.issues.flatMap((issue) => faultsOf(issue, said, durations)))
}

type Issue = z.core.$ZodIssue

function faultsOf(issue: Issue, said: unknown, durations: readonly DurationPath[]): Fault[] {
  const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)))
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], reason: 'there is no such key' }))
  if (valueAt(said, path) === undefined) return [{ path: asSaid(path, durations), reason: 'is missing' }]
  if (!isDuration(path, durations)) return [{ path, reason: issue.message }]
  return [{ path: asSaid(path, durations), reason: durationReason(issue) }]
}

const durationReason = (issue: Issue): string =>
  issue.code === 'too_big'
    ? `at most ${formatDuration(Number(issue.maximum))}`
    : 'a duration is written 90s, 5m or 1h30m'

// What the file calls `window` is `window_ms` everywhere else.
function asSaid(path: Path, durations: readonly DurationPath[]): Path {
  const last = path.at(-1)
  return typeof last === 'string' && isDuration(path, durations)
    ? path.with(-1, last.replace(/_ms$/, ''))
    : path
}

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined,
    value,
  )
