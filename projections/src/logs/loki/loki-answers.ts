// What Loki answers, checked in form before it is believed.

export type AnsweredEntry = {
  readonly ns: bigint
  readonly message: string
  readonly metadata: Readonly<Record<string, string>>
}

export type AnsweredStream = {
  readonly labels: Readonly<Record<string, string>>
  readonly entries: readonly AnsweredEntry[]
}

/** Values over time of one group; a single one where a moment was asked for. Times are milliseconds. */
export type AnsweredCounts = {
  readonly labels: Readonly<Record<string, string>>
  readonly counts: readonly { readonly atMs: number; readonly count: number }[]
}

/** Something else than Loki answers there. */
export class NotLoki extends Error {
  override readonly name = 'NotLoki'
}

/** Of a query for lines. @throws NotLoki */
export const streamsIn = (answer: unknown): AnsweredStream[] =>
  resultIn(answer, ['streams']).map((stream) => ({
    labels: textsIn(field(stream, 'stream')),
    entries: listIn(field(stream, 'values')).map(entryIn),
  }))

/** Of a query for counts. @throws NotLoki */
export const countsIn = (answer: unknown): AnsweredCounts[] =>
  resultIn(answer, ['matrix', 'vector']).map((group) => {
    const values = field(group, 'values')
    const samples = values === undefined ? [field(group, 'value')] : listIn(values)
    return { labels: textsIn(field(group, 'metric')), counts: samples.map(countIn) }
  })

function resultIn(answer: unknown, types: readonly string[]): unknown[] {
  const data = field(answer, 'data')
  const type = field(data, 'resultType')
  if (typeof type !== 'string' || !types.includes(type))
    throw new NotLoki(`an answer of type ${String(type)}`)
  return listIn(field(data, 'result'))
}

function entryIn(value: unknown): AnsweredEntry {
  const [ns, message, more] = listIn(value)
  if (typeof ns !== 'string' || !/^\d+$/.test(ns) || typeof message !== 'string')
    throw new NotLoki('an entry without time or text')
  const metadata = field(more, 'structuredMetadata')
  return { ns: BigInt(ns), message, metadata: metadata === undefined ? {} : textsIn(metadata) }
}

function countIn(value: unknown): AnsweredCounts['counts'][number] {
  const [seconds, count] = listIn(value)
  if (typeof seconds !== 'number' || typeof count !== 'string')
    throw new NotLoki('a count without time or number')
  return { atMs: Math.round(seconds * 1_000), count: Number(count) }
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (Reflect.get(value, name) as unknown) : undefined

function listIn(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new NotLoki('no list where one should be')
  return value as unknown[]
}

function textsIn(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) throw new NotLoki('no labels where they should be')
  return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)]))
}
