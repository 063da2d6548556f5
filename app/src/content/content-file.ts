// A file of content: lists of things by kind, as YAML or JSON, with durations as people write them. Text is taken as it
// stands there: people of a tenant wrote it, and whoever applies it has other secrets than they.

import { stringify } from 'yaml'
import { CONTENT_KINDS } from './content-kinds.ts'
import { ContentFault, faultText, type Fault } from './content-fault.ts'
import { readSource, SourceUnreadable, type Source } from './source.ts'

/** Items by kind, as they stand in the file. */
export type ContentFile = ReadonlyMap<string, readonly unknown[]>

export type ReadContent = {
  readonly file: ContentFile
  /** What is wrong with it, and where: `rules.yaml:12:5 rules[1].duration: …` */
  readonly tell: (fault: Fault) => string
}

/** @param name of the file, for people @throws ContentFault telling all that is wrong with the file as a whole */
export function readContent(text: string, name: string): ReadContent {
  const { value, placeOf } = sourceOf(text, name)
  const tell = (fault: Fault): string => {
    const { line, column } = placeOf(fault.path)
    return `${name}:${line}:${column} ${faultText(fault)}`
  }
  try {
    return { file: contentOf(value), tell }
  } catch (error) {
    if (!(error instanceof ContentFault)) throw error
    throw new ContentFault(error.faults.map(tell).join('\n'))
  }
}

function sourceOf(text: string, name: string): Source {
  try {
    return readSource(text)
  } catch (error) {
    if (!(error instanceof SourceUnreadable)) throw error
    throw new ContentFault(
      error.faults.map(({ place, reason }) => `${name}:${place.line}:${place.column} ${reason}`).join('\n'),
    )
  }
}

/** @throws ContentFault */
export function contentOf(content: unknown): ContentFile {
  if (content === null || typeof content !== 'object' || Array.isArray(content))
    throw new ContentFault('the file must hold lists by kind: rules, channels …')
  const known = CONTENT_KINDS.map(({ key }) => key)
  const faults = Object.entries(content).flatMap(([key, items]): Fault[] => {
    if (!known.includes(key)) return [{ path: [key], reason: `is no kind: there are ${known.join(', ')}` }]
    return Array.isArray(items) ? [] : [{ path: [key], reason: 'must be a list' }]
  })
  if (faults.length > 0) throw new ContentFault(faults)
  return new Map(Object.entries(content))
}

/** The file that says the same; `readContent` reads it back. */
export const writeContent = (file: ContentFile): string =>
  stringify(Object.fromEntries(file), { aliasDuplicateObjects: false })
