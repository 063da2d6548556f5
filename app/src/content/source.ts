// A YAML or JSON file with the places of what stands in it: what is wrong is told with line and column.

import type { Place } from '@secumon/domain/timeline/fault'
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml'
import type { Path } from './content-fault.ts'

export type Source = {
  readonly value: unknown
  /** Where a key or a part of a list stands; of what is missing, what it is missing from. */
  readonly placeOf: (path: Path) => Place
}

export type SourceFault = { readonly place: Place; readonly reason: string }

/** The file cannot be read. What stands in it is not repeated: it may be a secret. */
export class SourceUnreadable extends Error {
  override readonly name = 'SourceUnreadable'
  /** At least one. */
  readonly faults: readonly [SourceFault, ...SourceFault[]]

  constructor(faults: readonly [SourceFault, ...SourceFault[]]) {
    super(faults.map(({ reason }) => reason).join('; '))
    this.faults = faults
  }
}

const FIRST: Place = { line: 1, column: 1 }
/** Nobody reads more of them at once. */
const MAX_FAULTS = 20

/** @param options `merge`: `<<` takes in the keys of another part @throws SourceUnreadable */
export function readSource(text: string, { merge = false } = {}): Source {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter, merge, prettyErrors: false })
  const at = (offset: number): Place => {
    const { line, col } = counter.linePos(offset)
    return { line, column: col }
  }
  const faults = document.errors.map(({ pos, message }) => ({ place: at(pos[0]), reason: message }))
  const [first, ...others] = faults.slice(0, MAX_FAULTS)
  if (first) throw new SourceUnreadable([first, ...others])
  return {
    value: valueOf(document),
    placeOf: (path) => {
      const offset = offsetOf(document, path)
      return offset === undefined ? FIRST : at(offset)
    },
  }
}

function valueOf(document: Document): unknown {
  try {
    return document.toJS() as unknown
  } catch (error) {
    // Parts that stand for others, too many times over.
    if (!(error instanceof ReferenceError)) throw error
    throw new SourceUnreadable([{ place: FIRST, reason: error.message }])
  }
}

function offsetOf(document: Document, path: Path): number | undefined {
  let node: unknown = document.contents
  let offset: number | undefined
  for (const key of path) {
    const found = partOf(isAlias(node) ? node.resolve(document) : node, key)
    if (!found) break
    offset = found.offset ?? offset
    node = found.value
  }
  return offset
}

type Part = { readonly offset: number | undefined; readonly value: unknown }

function partOf(node: unknown, key: string | number): Part | undefined {
  if (isSeq<Node>(node)) {
    const value = node.items[Number(key)]
    return value && { value, offset: value.range?.[0] }
  }
  if (!isMap(node)) return undefined
  const pair = node.items.find((each) => isScalar(each.key) && String(each.key.value) === String(key))
  return pair && isScalar(pair.key) ? { value: pair.value, offset: pair.key.range?.[0] } : undefined
}
