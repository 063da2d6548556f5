// Incidents in words.

import type { Messages } from '../i18n/en.ts'
import type { Incident } from '../lib/alerting-types.ts'

/** What its alerts have in common: `rule=Disk nearly full, site=lyon`. */
export const groupText = ({ group }: Pick<Incident, 'group'>, t: Messages): string =>
  Object.entries(group)
    .map(([label, value]) => `${label}=${value || '–'}`)
    .join(', ') || t.incidentAll
