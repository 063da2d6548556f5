// Which deed a key press means. Keys typed into a field mean nothing.

export type Deed =
  | 'palette'
  | 'help'
  | 'go-overview'
  | 'go-agents'
  | 'go-alerts'
  | 'go-logs'
  | 'go-settings'
  | 'pause'
  | 'filter'

export type Press = {
  readonly key: string
  readonly ctrlOrMeta: boolean
  readonly alt: boolean
  readonly inField: boolean
}

const AFTER_G: Readonly<Record<string, Deed>> = {
  o: 'go-overview',
  a: 'go-agents',
  l: 'go-alerts',
  t: 'go-logs',
  s: 'go-settings',
}
const ALONE: Readonly<Record<string, Deed>> = { '?': 'help', p: 'pause', '/': 'filter' }

/** @param afterG whether `g` was the key just before */
export function deedOf(press: Press, afterG: boolean): Deed | undefined {
  if (press.ctrlOrMeta) return press.key.toLowerCase() === 'k' ? 'palette' : undefined
  if (press.inField || press.alt) return undefined
  return (afterG ? AFTER_G : ALONE)[press.key]
}
