// What makes fixtures believable without memory: noise that is the same each time.

/** A number in [0, 1) that is always the same for the same words. */
export function noise(...words: readonly (string | number)[]): number {
  let hash = 2166136261
  for (const character of words.join('/')) hash = Math.imul(hash ^ character.charCodeAt(0), 16777619)
  hash = Math.imul(hash ^ (hash >>> 15), 2246822507)
  hash = Math.imul(hash ^ (hash >>> 13), 3266489909)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}

/** Smooth drift in [0, 1]: a day's wave, an hour's wave, and noise that is steady for a while. */
export function drift(seed: string, atMs: number): number {
  const phase = noise(seed) * Math.PI * 2
  const day = Math.sin(atMs / 13_750_000 + phase)
  const hour = Math.sin(atMs / 570_000 + phase * 3)
  const slot = atMs / 45_000
  const low = noise(seed, Math.floor(slot))
  const wander = low + (noise(seed, Math.floor(slot) + 1) - low) * (slot % 1)
  return Math.min(1, Math.max(0, 0.36 + 0.2 * day + 0.1 * hour + 0.36 * (wander - 0.4)))
}
