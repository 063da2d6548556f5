// What is wrong with content, for the person who wrote it: the keys that lead there, and why. Where that stands in a file
// knows who has the file.

/** Keys and places in lists, from the outside in; none: the whole. */
export type Path = readonly (string | number)[]

export type Fault = { readonly path: Path; readonly reason: string }

/** Of one item or file; nobody reads more of them at once. */
const MAX_FAULTS = 20

/** Something is wrong with what was written; all of it is told at once. */
export class ContentFault extends Error {
  override readonly name = 'ContentFault'
  /** At least one; the last says how many more there are. */
  readonly faults: readonly Fault[]

  /** @param wrong a text: what is wrong with the whole */
  constructor(wrong: string | readonly Fault[]) {
    const faults = typeof wrong === 'string' ? [{ path: [], reason: wrong }] : limited(wrong)
    super(faults.map(faultText).join('; '))
    this.faults = faults
  }
}

function limited(faults: readonly Fault[]): readonly Fault[] {
  const more = faults.length - MAX_FAULTS
  if (more <= 0) return faults
  return [...faults.slice(0, MAX_FAULTS), { path: [], reason: `and ${more} more` }]
}

/** `rules[1].condition.window` */
export const pathText = (path: Path): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text === '' ? key : `${text}.${key}`
  }, '')

/** `condition.window: …`, without the file. */
export const faultText = ({ path, reason }: Fault): string =>
  path.length === 0 ? reason : `${pathText(path)}: ${reason}`

/** The same faults of what stands at a path. */
export const below = (path: Path, faults: readonly Fault[]): Fault[] =>
  faults.map((fault) => ({ path: [...path, ...fault.path], reason: fault.reason }))
