// Which screen an address means. Everything else of a screen's state stands in the query string.

export const AGENT_TABS = [
  'overview',
  'processes',
  'disks',
  'network',
  'custom',
  'logs',
  'alerts',
  'inventory',
] as const
export type AgentTab = (typeof AGENT_TABS)[number]

/** Screens of the alert centre that list things; each has a page per thing under it, `new` for one to be made. */
export const ALERTING_PLACES = [
  'alerts',
  'incidents',
  'rules',
  'silences',
  'maintenance',
  'channels',
  'escalation',
  'on-call',
  'messages',
] as const
export type AlertingPlace = (typeof ALERTING_PLACES)[number]
const WITHOUT_PAGES: readonly AlertingPlace[] = ['silences', 'messages']
export const NEW = 'new'

/** Pages of the settings; the first is where `/settings` leads. */
export const SETTINGS_PLACES = ['storage'] as const
export type SettingsPlace = (typeof SETTINGS_PLACES)[number]

export type Route =
  | { readonly screen: 'overview' }
  | { readonly screen: 'agents' }
  | { readonly screen: 'agent'; readonly id: string; readonly tab: AgentTab }
  | { readonly screen: 'logs' }
  | { readonly screen: 'alerting'; readonly place: AlertingPlace; readonly id: string | undefined }
  | { readonly screen: 'settings'; readonly place: SettingsPlace }
  | { readonly screen: 'not-found' }

const NOT_FOUND: Route = { screen: 'not-found' }

/** The screen of a path. An unknown tab is not found rather than silently another one. */
export function routeOf(path: string): Route {
  const parts = path.split('/').filter((part) => part !== '')
  if (parts.length === 0) return { screen: 'overview' }
  if (parts[0] === 'logs') return parts.length === 1 ? { screen: 'logs' } : NOT_FOUND
  if (parts[0] === 'settings') return settingsRoute(parts)
  const place = ALERTING_PLACES.find((name) => name === parts[0])
  if (place) return alertingRoute(place, parts)
  if (parts[0] !== 'agents' || parts.length > 3) return NOT_FOUND
  if (parts.length === 1) return { screen: 'agents' }
  const id = decoded(parts[1] ?? '')
  const tab = AGENT_TABS.find((name) => name === (parts[2] ?? 'overview'))
  return id !== undefined && tab ? { screen: 'agent', id, tab } : NOT_FOUND
}

function alertingRoute(place: AlertingPlace, parts: readonly string[]): Route {
  if (parts.length === 1) return { screen: 'alerting', place, id: undefined }
  const id = decoded(parts[1] ?? '')
  if (id === undefined || parts.length > 2 || WITHOUT_PAGES.includes(place)) return NOT_FOUND
  return { screen: 'alerting', place, id }
}

function settingsRoute([, name = SETTINGS_PLACES[0], ...more]: readonly string[]): Route {
  const place = SETTINGS_PLACES.find((each) => each === name)
  return place && more.length === 0 ? { screen: 'settings', place } : NOT_FOUND
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

/** The path of a thing's page in the alert centre. Ids that the product brings along are also the platform's. */
export const thingPath = (place: AlertingPlace, id: string, platform = false): string =>
  `/${place}/${encodeURIComponent(id)}${platform ? '?platform=true' : ''}`

/** The path of a page of the settings. */
export const settingsPath = (place: SettingsPlace): string => `/settings/${place}`

/** Logs of one host between two instants. */
export const logsPath = (agent: string, fromMs: number, toMs: number): string =>
  `/logs?${new URLSearchParams({ agents: agent, from: `${Math.round(fromMs)}`, to: `${Math.round(toMs)}` })}`
