// Messages that are JSON objects, as the fields they hold: what people look for first, then the rest in order.

export type Field = { readonly name: string; readonly value: string }

const MOST_FIELDS = 200
const MOST_CHARACTERS = 64 * 1024
const FIRST = ['message', 'msg', 'error', 'err', 'exception', 'level', 'severity', 'logger', 'service']

/** The fields of a JSON object, nested ones by their path (`http.status`); undefined when the message is no object. */
export function jsonFields(message: string): readonly Field[] | undefined {
  const text = message.trim()
  if (!text.startsWith('{') || !text.endsWith('}') || text.length > MOST_CHARACTERS) return undefined
  const value = parsed(text)
  if (!isRecord(value)) return undefined
  const fields = flattened(value, '').take(MOST_FIELDS).toArray()
  return fields.length === 0 ? undefined : fields.toSorted((a, b) => rankOf(a) - rankOf(b))
}

const SAYS = ['message', 'msg']
/** What the columns of a row say already. */
const SAID = ['time', 'timestamp', '@timestamp', 'ts', 'level', 'severity']

/** A JSON object in one line for reading: what it says, then its other fields as `name=value`. */
export function jsonRow(message: string): string | undefined {
  const fields = jsonFields(message)
  if (!fields) return undefined
  const said = fields.find(({ name }) => SAYS.includes(name))
  const others = fields.filter((field) => field !== said && !SAID.includes(field.name))
  return [...(said ? [said.value] : []), ...others.map(({ name, value }) => `${name}=${value}`)].join('  ')
}

const rankOf = ({ name }: Field): number => {
  const rank = FIRST.indexOf(name.split('.')[0]?.toLowerCase() ?? '')
  return rank < 0 ? FIRST.length : rank
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function* flattened(value: Readonly<Record<string, unknown>>, path: string): Generator<Field, void> {
  for (const [key, each] of Object.entries(value)) {
    const name = path === '' ? key : `${path}.${key}`
    if (isRecord(each) && Object.keys(each).length > 0) yield* flattened(each, name)
    else yield { name, value: typeof each === 'string' ? each : JSON.stringify(each) }
  }
}
