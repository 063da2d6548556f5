// A file of content: lists of things by kind, as YAML or JSON, with durations as people write them and `${NAME}` for what
// the environment holds.

import { parse, stringify } from 'yaml'
import { CONTENT_KINDS } from './content-kinds.ts'
import { ContentFault } from './content-kind.ts'
import { inMilliseconds, inWords } from './durations.ts'

/** Items by kind, as they stand in the file. */
export type ContentFile = ReadonlyMap<string, readonly unknown[]>

const DURATIONS = new Set(
  'duration keep_firing window horizon after delay group_wait group_interval repeat_interval'
    .split(' ')
    .map((key) => `${key}_ms`),
)
const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g

type Environment = Readonly<Record<string, string | undefined>>

/** @throws ContentFault naming what is wrong with the file as a whole */
export const readContent = (text: string, environment: Environment): ContentFile =>
  contentOf(parsedFile(text), environment)

/** @throws ContentFault */
export function contentOf(content: unknown, environment: Environment): ContentFile {
  if (content === null || typeof content !== 'object' || Array.isArray(content))
    throw new ContentFault('the file must hold lists by kind: rules, channels …')
  const known = CONTENT_KINDS.map(({ key }) => key)
  const file = new Map<string, readonly unknown[]>()
  for (const [key, items] of Object.entries(content)) {
    if (!known.includes(key)) throw new ContentFault(`${key} is no kind: there are ${known.join(', ')}`)
    if (!Array.isArray(items)) throw new ContentFault(`${key} must be a list`)
    file.set(
      key,
      items.map((item: unknown) => inMilliseconds(filledIn(item, environment), DURATIONS)),
    )
  }
  return file
}

/** The file that says the same; `readContent` reads it back. */
export const writeContent = (file: ContentFile): string =>
  stringify(Object.fromEntries([...file].map(([key, items]) => [key, items.map(inWords)])))

function parsedFile(text: string): unknown {
  try {
    return parse(text) as unknown
  } catch (error) {
    // Only the first line: the others show the place in the file, which may hold a secret.
    const [what = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    throw new ContentFault(`the file cannot be read (${what.replace(/:$/, '')})`)
  }
}

function filledIn(value: unknown, environment: Environment): unknown {
  if (typeof value === 'string')
    return value.replaceAll(VARIABLE, (_, name: string) => {
      const found = environment[name]
      if (found === undefined) throw new ContentFault(`\${${name}} is not in the environment`)
      return found
    })
  if (Array.isArray(value)) return value.map((each: unknown) => filledIn(each, environment))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, filledIn(each, environment)]))
}
