// As much of LogQL as logs are asked with, read strictly. Regular expressions are those of this process, which suffices for
// what RE2 has in common with them.

/** Which entries a query is about. */
export type Selects = (
  labels: Readonly<Record<string, string>>,
  entry: { readonly line: string; readonly metadata: Readonly<Record<string, string>> },
) => boolean

export class BadQuery extends Error {}

const STRING = /^"(?:[^"\\]|\\.)*"/

class Reader {
  rest: string

  constructor(written: string) {
    this.rest = written
  }

  take(form: RegExp): string | undefined {
    const found = form.exec(this.rest)?.[0]
    if (found === undefined) return undefined
    this.rest = this.rest.slice(found.length).trimStart()
    return found
  }

  need(form: RegExp): string {
    const found = this.take(form)
    if (found === undefined) throw new BadQuery(`syntax error at ${this.rest.slice(0, 60)}`)
    return found
  }

  text(): string {
    return JSON.parse(this.need(STRING)) as string
  }
}

type Matcher = (texts: Readonly<Record<string, string>>) => boolean

function regexOf(written: string, anchored: boolean): RegExp {
  const [, flags = '', pattern = ''] = /^(\(\?i\))?(.*)$/s.exec(written) ?? []
  try {
    return new RegExp(anchored ? `^(?:${pattern})$` : pattern, flags === '' ? '' : 'iu')
  } catch (error) {
    throw new BadQuery(`error parsing regexp: ${String(error)}`)
  }
}

function matcher(reader: Reader): Matcher {
  const name = reader.need(/^[a-z_]+/)
  const operator = reader.need(/^(=~|!~|=)/)
  const wanted = reader.text()
  if (operator === '=') return (texts) => texts[name] === wanted
  const regex = regexOf(wanted, true)
  // A label that is not there is an empty one.
  return (texts) => regex.test(texts[name] ?? '') === (operator === '=~')
}

function selector(reader: Reader): Selects {
  reader.need(/^\{/)
  const labels = [matcher(reader)]
  while (reader.take(/^,/)) labels.push(matcher(reader))
  reader.need(/^\}/)
  const stages: Selects[] = []
  for (;;)
    if (reader.take(/^\|~/)) {
      const regex = regexOf(reader.text(), false)
      stages.push((_labels, { line }) => regex.test(line))
    } else if (reader.take(/^\|/)) {
      const matches = matcher(reader)
      stages.push((_labels, { metadata }) => matches(metadata))
    } else break
  return (its, entry) => labels.every((matches) => matches(its)) && stages.every((stage) => stage(its, entry))
}

/** A query for lines. @throws BadQuery */
export function readSelector(written: string): Selects {
  const reader = new Reader(written)
  const selects = selector(reader)
  if (reader.rest !== '') throw new BadQuery(`syntax error at ${reader.rest.slice(0, 60)}`)
  return selects
}

/** `sum by (label) (count_over_time(… [n ms]))`. @throws BadQuery */
export function readCount(written: string): { selects: Selects; by: string; rangeNs: bigint } {
  const reader = new Reader(written)
  reader.need(/^sum by \(/)
  const by = reader.need(/^[a-z]+/)
  reader.need(/^\) \(count_over_time\(/)
  const selects = selector(reader)
  reader.need(/^\[/)
  const rangeMs = reader.need(/^\d+ms/).slice(0, -2)
  reader.need(/^\]\)\)$/)
  return { selects, by, rangeNs: BigInt(rangeMs) * 1_000_000n }
}
