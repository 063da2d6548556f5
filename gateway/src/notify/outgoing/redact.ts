// Words of the other side, or of an error, as they may be stored and shown: one bounded line without secrets.

const MAX_CHARS = 300
const HIDDEN = '•••'
// Shorter ones are ordinary words; hiding those would say more than it hides.
const MIN_SECRET_CHARS = 6

/**
 * @param secrets what must not be in it, in any of the forms it is sent in
 */
export function redacted(text: string, secrets: Iterable<string>): string {
  const bare = [...secrets].flatMap(formsOf).toSorted((a, b) => b.length - a.length)
  const hidden = bare.reduce((said, secret) => said.replaceAll(secret, HIDDEN), text)
  const line = hidden
    .replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/)([^\s/"'<>]*@)?([^\s/"'<>@]+)[^\s"'<>]*/gi, '$1$3')
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
  return line.length > MAX_CHARS ? `${line.slice(0, MAX_CHARS - 1)}…` : line
}

// A secret that is an address holds the secret in its path and query; a list of headers, in the value of each.
function formsOf(secret: string): string[] {
  const parts = /^https?:\/\//.test(secret)
    ? partsOfAddress(secret)
    : secret.split('\n').flatMap(partsOfHeader)
  return [secret, encodeURIComponent(secret), ...parts, ...[secret, ...parts].map(base64)].filter(
    (form) => form.length >= MIN_SECRET_CHARS,
  )
}

function partsOfAddress(address: string): string[] {
  const url = URL.parse(address)
  if (!url) return []
  return [...url.pathname.split('/'), ...url.searchParams.values(), `${url.pathname}${url.search}`]
}

// `Authorization: Bearer …`: the value, and what follows the scheme.
function partsOfHeader(line: string): string[] {
  const value = /^[A-Za-z0-9-]+:\s+(.+)$/.exec(line.trim())?.[1]
  return value === undefined ? [] : [value, value.slice(value.lastIndexOf(' ') + 1)]
}

const base64 = (text: string): string =>
  text.length < MIN_SECRET_CHARS ? '' : Buffer.from(text).toString('base64')
