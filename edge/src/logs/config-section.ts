// An object of the configuration file, read key by key. What is wrong, and what nobody asked for, becomes a fault.

type Bounds = { readonly least: number; readonly most: number; readonly otherwise: number }

export class Section {
  readonly #fields: Readonly<Record<string, unknown>>
  readonly #path: string
  readonly #faults: string[]
  readonly #read = new Set<string>()

  /** @param faults takes a sentence for each thing that is wrong */
  constructor(value: unknown, path: string, faults: string[]) {
    this.#path = path
    this.#faults = faults
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    this.#fields = isObject ? { ...value } : {}
    if (!isObject) faults.push(`${path || 'the content'} is not an object`)
  }

  fault(key: string, what: string): void {
    this.#faults.push(`${this.#path}${key} ${what}`)
  }

  /** Empty where it is not there. */
  text(key: string): string {
    const value = this.#take(key)
    if (typeof value === 'string') return value
    if (value !== undefined) this.fault(key, 'is not text')
    return ''
  }

  texts(key: string, otherwise: readonly string[] = []): readonly string[] {
    const value = this.#take(key)
    if (value === undefined) return otherwise
    const texts = Array.isArray(value) ? value.filter((each) => typeof each === 'string' && each !== '') : []
    if (!Array.isArray(value) || texts.length !== value.length) this.fault(key, 'is not a list of texts')
    return texts.map(String)
  }

  number(key: string, { least, most, otherwise }: Bounds): number {
    const value = this.#take(key)
    if (value === undefined) return otherwise
    if (typeof value === 'number' && value >= least && value <= most) return value
    this.fault(key, `is not a number from ${least} to ${most}`)
    return otherwise
  }

  flag(key: string): boolean {
    const value = this.#take(key)
    if (value !== undefined && typeof value !== 'boolean') this.fault(key, 'is neither true nor false')
    return value === true
  }

  /** The first choice where it is not there. */
  choice<Choice extends string>(key: string, choices: readonly [Choice, ...Choice[]]): Choice {
    const value = this.#take(key)
    const found = choices.find((choice) => choice === value)
    if (value !== undefined && found === undefined) this.fault(key, `is none of ${choices.join(', ')}`)
    return found ?? choices[0]
  }

  section(key: string): Section | undefined {
    const value = this.#take(key)
    return value === undefined ? undefined : new Section(value, `${this.#path}${key}.`, this.#faults)
  }

  sections(key: string): Section[] {
    const value = this.#take(key)
    if (value !== undefined && !Array.isArray(value)) this.fault(key, 'is not a list')
    const items: unknown[] = Array.isArray(value) ? value : []
    return items.map((item, i) => new Section(item, `${this.#path}${key}[${i}].`, this.#faults))
  }

  /** Every key was read: what is left is misspelt. */
  end(): void {
    for (const key of Object.keys(this.#fields)) if (!this.#read.has(key)) this.fault(key, 'is no setting')
  }

  #take(key: string): unknown {
    this.#read.add(key)
    return this.#fields[key]
  }
}
