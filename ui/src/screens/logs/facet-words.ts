// Facets and their values in the viewer's words.

import type { TextKey } from '../../i18n/en.ts'
import { words } from '../../i18n/i18n.svelte.ts'
import type { LogFacet } from '../../shape/log-filter.ts'
import { LOG_SEVERITIES, LOG_SEVERITY_WORD } from '../../shape/log-severity.ts'
import { agentNames } from '../../state/agent-names.svelte.ts'

export const FACET_TITLE: Readonly<Record<LogFacet, TextKey>> = {
  severity: 'severity',
  agents: 'agents',
  sources: 'sources',
  units: 'logUnits',
}

/** One value of a facet. */
export const FACET_WORD: Readonly<Record<LogFacet, TextKey>> = {
  severity: 'severity',
  agents: 'agent',
  sources: 'source',
  units: 'logUnit',
}

/** What a value of a facet is called. */
export function facetName(facet: LogFacet, value: string): string {
  if (facet === 'agents') return agentNames.of(value)
  const severity = facet === 'severity' && LOG_SEVERITIES.find((each) => each === value)
  return severity ? words.t[LOG_SEVERITY_WORD[severity]] : value
}
