// What differs between two things as a file would say them, line by line. Pure.

/** `condition.threshold: 90 → 95`; empty when they are the same. */
export function differences(before: unknown, after: unknown, path = ''): string[] {
  if (isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)])
    return [...keys].flatMap((key) => differences(before[key], after[key], path ? `${path}.${key}` : key))
  }
  const [was, is] = [shown(before), shown(after)]
  return was === is ? [] : [`${path}: ${was} → ${is}`]
}

const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value))

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
