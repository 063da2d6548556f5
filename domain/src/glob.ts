// Names by pattern: `*` is any number of characters, `?` is one.

/** Undefined for the empty pattern, which means every name. */
export function globMatcher(pattern: string): ((name: string) => boolean) | undefined {
  if (pattern === '' || pattern === '*') return undefined
  if (!/[*?]/.test(pattern)) return (name) => name === pattern
  return (name) => matchesGlob(name, pattern)
}

/**
 * True when the whole name fits the pattern: what stands between two stars is looked for once, from left to right, so that
 * the work does not grow with the stars.
 */
export function matchesGlob(name: string, pattern: string): boolean {
  const [head = '', ...rest] = pattern.split('*')
  const tail = rest.pop()
  if (tail === undefined) return head.length === name.length && fitsAt(name, piecesOf(head), 0)
  const end = name.length - tail.length
  if (head.length > end || !fitsAt(name, piecesOf(head), 0) || !fitsAt(name, piecesOf(tail), end))
    return false
  const between = name.slice(0, end)
  let from = head.length
  for (const part of rest) {
    const at = placeOf(part, between, from)
    if (at < 0) return false
    from = at + part.length
  }
  return true
}

function placeOf(part: string, name: string, from: number): number {
  const pieces = piecesOf(part)
  if (pieces.length === 1) return name.indexOf(part, from)
  for (let at = from; at + part.length <= name.length; at++) if (fitsAt(name, pieces, at)) return at
  return -1
}

const piecesOf = (part: string): readonly string[] => part.split('?')

/** The caller has seen that the name is long enough. */
function fitsAt(name: string, pieces: readonly string[], at: number): boolean {
  let from = at
  for (const piece of pieces) {
    if (!name.startsWith(piece, from)) return false
    from += piece.length + 1
  }
  return true
}
