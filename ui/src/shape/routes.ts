// Which screen an address means. Everything else of a screen's state stands in the query string.

export const AGENT_TABS = ['overview', 'processes', 'disks', 'network', 'inventory'] as const
export type AgentTab = (typeof AGENT_TABS)[number]

export type Route =
  | { readonly screen: 'overview' }
  | { readonly screen: 'agents' }
  | { readonly screen: 'agent'; readonly id: string; readonly tab: AgentTab }
  | { readonly screen: 'not-found' }

/** The screen of a path. An unknown tab is not found rather than silently another one. */
export function routeOf(path: string): Route {
  const parts = path.split('/').filter((part) => part !== '')
  if (parts.length === 0) return { screen: 'overview' }
  if (parts[0] !== 'agents' || parts.length > 3) return { screen: 'not-found' }
  if (parts.length === 1) return { screen: 'agents' }
  const id = decoded(parts[1] ?? '')
  const tab = AGENT_TABS.find((name) => name === (parts[2] ?? 'overview'))
  return id !== undefined && tab ? { screen: 'agent', id, tab } : { screen: 'not-found' }
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}

/** The path of an agent's page. */
export const agentPath = (id: string, tab: AgentTab = 'overview'): string =>
  `/agents/${encodeURIComponent(id)}${tab === 'overview' ? '' : `/${tab}`}`
