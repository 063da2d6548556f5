// Changes to rules, through the API.

import { api } from '../lib/api.ts'
import type { Rule, RuleSpec } from '../lib/alerting-types.ts'

type Ref = Pick<Rule, 'id' | 'platform'>

const pathOf = ({ id }: Ref): string => `/rules/${encodeURIComponent(id)}`
const queryOf = ({ platform }: Pick<Rule, 'platform'>): { platform: string } => ({
  platform: String(platform),
})

/** @throws ApiFailure */
export const createRule = (spec: RuleSpec): Promise<unknown> =>
  api('/rules', {
    method: 'POST',
    query: queryOf({ platform: spec.condition.kind === 'platform' }),
    body: { spec },
  })

/** @throws ApiFailure 409 when it has another version by now */
export const changeRule = (rule: Rule, spec: RuleSpec): Promise<unknown> =>
  api(pathOf(rule), { method: 'PUT', query: queryOf(rule), body: { spec, version: rule.version } })

/** @throws ApiFailure */
export const switchRule = (rule: Ref, on: boolean): Promise<unknown> =>
  api(`${pathOf(rule)}/${on ? 'enable' : 'disable'}`, { method: 'POST', query: queryOf(rule) })

/** @throws ApiFailure */
export const deleteRule = (rule: Ref): Promise<unknown> =>
  api(pathOf(rule), { method: 'DELETE', query: queryOf(rule) })
