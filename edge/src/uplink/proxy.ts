// Which proxy a URL goes through, by the variables everybody knows: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY.

export type ProxyEnvironment = Readonly<Record<string, string | undefined>>

export class BadProxy extends Error {
  override readonly name = 'BadProxy'
}

const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/

/**
 * The proxy for `url`, or undefined for a direct connection. Loopback never goes through one. Plain http URLs use
 * HTTP_PROXY and fall back to HTTPS_PROXY.
 * @throws BadProxy when the variable is not an http or https URL
 */
export function proxyFor(url: URL, environment: ProxyEnvironment): URL | undefined {
  const read = (name: string): string => environment[name.toLowerCase()] || environment[name] || ''
  if (LOOPBACK.test(url.hostname) || isExcepted(url, read('NO_PROXY'))) return undefined
  const value =
    (url.protocol === 'http:' ? read('HTTP_PROXY') : '') || read('HTTPS_PROXY') || read('ALL_PROXY')
  return value === '' ? undefined : parseProxy(value)
}

function parseProxy(value: string): URL {
  const text = value.includes('://') ? value : `http://${value}`
  const proxy = URL.canParse(text) ? new URL(text) : undefined
  // The value may hold a password: it is not repeated.
  if (!proxy || !/^https?:$/.test(proxy.protocol))
    throw new BadProxy('the proxy variable is not an http(s) URL')
  return proxy
}

function isExcepted(url: URL, noProxy: string): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return noProxy
    .split(/[\s,]+/)
    .filter(Boolean)
    .some((entry) => matches(entry.toLowerCase(), url.hostname, port))
}

// `*`, `name`, `.name`, `*.name`, each with an optional port. A name covers its subdomains.
function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true
  const [, name = '', entryPort] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? []
  if (entryPort !== undefined && entryPort !== port) return false
  const bare = name.replace(/^\*?\./, '')
  return host === bare || host.endsWith(`.${bare}`)
}
