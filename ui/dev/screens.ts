// Every screen by name, with addresses of things that are really there: a fixture server and a real product have them alike.

import type { Page } from 'playwright-core'

/** Where a list of the API has the ids of its things. */
const THINGS = {
  agent: ['fleet', 'agents'],
  alert: ['alerts?state=firing&sort=worst', 'alerts'],
  'alert-over': ['alerts?state=resolved', 'alerts'],
  incident: ['incidents', 'incidents'],
  rule: ['rules', 'rules'],
  maintenance: ['maintenances', 'maintenances'],
  channel: ['channels', 'channels'],
  policy: ['escalation-policies', 'policies'],
  schedule: ['schedules', 'schedules'],
} as const
type Thing = keyof typeof THINGS

const OF_THING: Readonly<Record<Thing, (id: string) => Readonly<Record<string, string>>>> = {
  agent: (id) => ({
    agent: `/agents/${id}`,
    'agent-24h': `/agents/${id}?range=24h`,
    'agent-30d': `/agents/${id}?range=30d`,
    processes: `/agents/${id}/processes`,
    disks: `/agents/${id}/disks?range=6h`,
    network: `/agents/${id}/network?range=15m`,
    custom: `/agents/${id}/custom`,
    'custom-metric': `/agents/${id}/custom?metric=http_requests_total`,
    inventory: `/agents/${id}/inventory`,
    'agent-logs': `/agents/${id}/logs`,
    'agent-alerts': `/agents/${id}/alerts`,
  }),
  alert: (id) => ({ alert: `/alerts/${id}` }),
  'alert-over': (id) => ({ 'alert-over': `/alerts/${id}` }),
  incident: (id) => ({ incident: `/incidents/${id}` }),
  rule: (id) => ({ rule: `/rules/${id}` }),
  maintenance: (id) => ({ maintenance: `/maintenance/${id}` }),
  channel: (id) => ({ channel: `/channels/${id}` }),
  policy: (id) => ({ policy: `/escalation/${id}` }),
  schedule: (id) => ({ schedule: `/on-call/${id}` }),
}

const LISTS: Readonly<Record<string, string>> = {
  overview: '/',
  'overview-grouped': '/?group=site',
  agents: '/agents',
  'agents-filtered': '/agents?status=offline,unknown&sort=cpu&order=desc&tag=env:prod',
  'agents-none': '/agents?q=nothing-like-this',
  'agent-missing': '/agents/01JDXXXXXXXXXXXXXXXXXXXXXX',
  alerts: '/alerts',
  'alerts-any': '/alerts?state=any',
  'alerts-none': '/alerts?q=nothing-like-this',
  logs: '/logs',
  'logs-filtered': '/logs?severity=error,warning&q=refused&range=24h',
  'logs-tail': '/logs?tail=true',
  'logs-none': '/logs?q=nothing-like-this',
  incidents: '/incidents?state=any',
  rules: '/rules',
  'rule-new': '/rules/new',
  silences: '/silences?state=any',
  'silence-new': '/silences?new=true',
  maintenances: '/maintenance',
  'maintenance-new': '/maintenance/new',
  channels: '/channels',
  'channel-new': '/channels/new',
  policies: '/escalation',
  'policy-new': '/escalation/new',
  schedules: '/on-call',
  'schedule-new': '/on-call/new',
  messages: '/messages?state=all',
  'messages-given-up': '/messages',
  'settings-storage': '/settings/storage',
  nowhere: '/nowhere',
}

type Listed = { readonly id: string; readonly platform?: boolean }

/** Addresses by name; of the things the first of each list, where there is one. @param page one that is logged in */
export async function screensOf(page: Page): Promise<Readonly<Record<string, string>>> {
  const screens: Record<string, string> = { ...LISTS }
  for (const thing of Object.keys(THINGS) as Thing[]) {
    const found = await first(page, thing)
    if (!found) continue
    for (const [name, path] of Object.entries(OF_THING[thing](encodeURIComponent(found.id))))
      screens[name] = found.platform ? `${path}?platform=true` : path
  }
  return screens
}

async function first(page: Page, thing: Thing): Promise<Listed | undefined> {
  const [path, list] = THINGS[thing]
  const answer = await page.request.get(`/api/v1/${path}`)
  const body = (await answer.json()) as Readonly<Record<string, readonly Listed[] | undefined>>
  const things = body[list] ?? []
  return things.find(({ platform }) => platform !== true) ?? things[0]
}

/** Waits until nothing in view is still loading; says whether it came to that. */
export const settled = (page: Page): Promise<boolean> =>
  page
    .waitForFunction(
      () =>
        [...document.querySelectorAll('.skeleton')].every(
          (each) => each.getBoundingClientRect().top > innerHeight,
        ) && document.querySelector('h1, h2') !== null,
      null,
      { timeout: 15_000 },
    )
    .then(
      () => true,
      () => false,
    )
