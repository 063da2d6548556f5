// Names that existing installations still set. Each is read, with a line that says what to write instead.

export type Environment = Readonly<Record<string, string | undefined>>

export type Aliased = {
  /** The environment with the values under their names of today. */
  readonly environment: Environment
  readonly deprecations: readonly string[]
  readonly faults: readonly string[]
}

const renamed: Readonly<Record<string, string>> = {
  API_PORT: 'SECUMON_PORT',
  JWT_SECRET: 'SECUMON_JWT_SECRET',
  WEBHOOK_URL: 'SECUMON_FIRST_WEBHOOK_URL',
  SLACK_WEBHOOK_URL: 'SECUMON_FIRST_SLACK_URL',
}
const databaseParts = ['DB_HOST', 'DB_PORT', 'DB_USER', 'DB_PASSWORD', 'DB_NAME'] as const

/** Whether the variable is one of the old names. */
export const isAlias = (name: string): boolean =>
  [...Object.keys(renamed), ...databaseParts, 'JWT_ENABLED'].includes(name)

/** Moves every deprecated value to its name of today; a value already there wins. */
export function readAliases(given: Environment): Aliased {
  const environment: Record<string, string | undefined> = { ...given }
  const deprecations: string[] = []
  for (const [old, now] of Object.entries(renamed)) {
    if (!given[old]) continue
    deprecations.push(`${old} is deprecated: use ${now}`)
    environment[now] ||= given[old]
  }
  readDatabaseParts(given, environment, deprecations)
  return { environment, deprecations, faults: refusals(given) }
}

function readDatabaseParts(
  given: Environment,
  environment: Record<string, string | undefined>,
  deprecations: string[],
): void {
  const found = databaseParts.filter((name) => given[name])
  if (found.length === 0) return
  deprecations.push(`${found.join(', ')} ${found.length > 1 ? 'are' : 'is'} deprecated: use DATABASE_URL`)
  if (environment['DATABASE_URL'] || environment['DATABASE_URL_FILE']) return
  const url = new URL('postgres://localhost')
  url.hostname = given['DB_HOST'] || 'localhost'
  url.port = given['DB_PORT'] || '5432'
  url.username = encodeURIComponent(given['DB_USER'] || 'secumon')
  url.password = encodeURIComponent(given['DB_PASSWORD'] || '')
  url.pathname = `/${encodeURIComponent(given['DB_NAME'] || 'secumon')}`
  environment['DATABASE_URL'] = url.href
}

function refusals(given: Environment): string[] {
  if (!/^(false|0|no|off)$/i.test(given['JWT_ENABLED']?.trim() ?? '')) return []
  return [
    'JWT_ENABLED=false is refused: every answer belongs to a tenant, and the tenant comes from the login',
  ]
}
