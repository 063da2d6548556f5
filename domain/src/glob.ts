// Names by pattern: `*` is any number of characters, `?` is one.

/** Undefined for the empty pattern, which means every name. */
export function globMatcher(pattern: string): ((name: string) => boolean) | undefined {
  if (pattern === '' || pattern === '*') return undefined
  if (!/[*?]/.test(pattern)) return (name) => name === pattern
  return (name) => matchesGlob(name, pattern)
}

/**
 * True when the whole name fits the pattern. Of several stars only the last one is ever gone back to: the work is at most
 * the one's length times the other's, whoever wrote them.
 */
export function matchesGlob(name: string, pattern: string): boolean {
  let [at, star, resume] = [0, -1, 0]
  for (let i = 0; i < name.length;) {
    const wanted = pattern[at]
    if (wanted === '*') {
      star = at++
      resume = i
    } else if (wanted === '?' || wanted === name[i]) {
      at++
      i++
    } else if (star >= 0) {
      at = star + 1
      i = ++resume
    } else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}
