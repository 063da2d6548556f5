// A list page by page: each begins after the last row of the one before, whatever was added meanwhile.

import { Rejected } from '@secumon/domain/rejected'

export type PageRequest = {
  readonly limit: number
  /** `next` of the page before. */
  readonly after?: string | undefined
}

export type Page<Row> = Stretch<Row> & { readonly total: number }

/** A page of which nobody asked how many there are. */
export type Stretch<Row> = {
  readonly rows: readonly Row[]
  /** Null on the last page. */
  readonly next: string | null
}

export type Place = readonly (string | number)[]

/** The page of rows that were asked for with one more than the limit. */
export const pageOf = <Row>(
  found: readonly Row[],
  request: PageRequest,
  { total, placeOf }: { readonly total: number; readonly placeOf: (row: Row) => Place },
): Page<Row> => ({ total, ...stretchOf(found, request, placeOf) })

/** The same without the total. */
export function stretchOf<Row>(
  found: readonly Row[],
  { limit }: PageRequest,
  placeOf: (row: Row) => Place,
): Stretch<Row> {
  const rows = found.slice(0, limit)
  const last = found.length > limit ? rows.at(-1) : undefined
  return { rows, next: last === undefined ? null : encodePlace(placeOf(last)) }
}

const encodePlace = (place: Place): string => Buffer.from(JSON.stringify(place)).toString('base64url')

/**
 * The place after which a page begins; undefined for the first.
 * @param shape an example of a place
 * @throws Rejected `invalid` when it is not of this list
 */
export function placeAfter<Shape extends Place>(
  { after }: Pick<PageRequest, 'after'>,
  shape: Shape,
): Shape | undefined {
  if (after === undefined) return undefined
  const place = parse(after)
  const fits =
    Array.isArray(place) &&
    place.length === shape.length &&
    shape.every((example, i) => typeof place[i] === typeof example && isSound(place[i]))
  if (!fits) throw new Rejected('invalid', 'after: not the `next` of a page of this list')
  return place as unknown[] as never
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

// What a database can compare with.
const isSound = (value: unknown): boolean =>
  typeof value === 'number'
    ? Number.isSafeInteger(value) && value >= 0 && value <= Date.UTC(9999, 0)
    : typeof value === 'string' && value.length < 1_000 && !value.includes('\0') && value.isWellFormed()
