// Sets by key that hold nothing empty.

export function addTo(sets: Map<string, Set<string>>, key: string, id: string): void {
  const held = sets.get(key)
  if (held) held.add(id)
  else sets.set(key, new Set([id]))
}

export function removeFrom(sets: Map<string, Set<string>>, key: string, id: string): void {
  const held = sets.get(key)
  held?.delete(id)
  if (held?.size === 0) sets.delete(key)
}
