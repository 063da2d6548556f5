// Incidents in words.

import type { Messages } from '../i18n/en.ts'
import type { Incident } from '../lib/alerting-types.ts'

/** Labels whose values say by themselves what they are. */
const PLAIN = new Set(['agent', 'rule'])

/** What its alerts have in common: `db-1 · site=lyon`. */
export const groupText = ({ group }: Pick<Incident, 'group'>, t: Messages): string =>
  Object.entries(group)
    .map(([label, value]) => (PLAIN.has(label) && value ? value : `${label}=${value || '–'}`))
    .join(' · ') || t.incidentAll
