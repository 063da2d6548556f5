// Rules, and every version there was of each: alerts name the one that judged.

import type { JsonValue } from '@bufbuild/protobuf'
import { RuleSpecSchema, type RuleSpec } from '@secumon/contracts/gen/rule'
import { changed, created, written, type Document } from './documents.ts'
import { folded, listed, type Stamp } from './table.ts'

export type RuleColumns = Document & {
  readonly severity: number
  /** Key of the catalogue, `offline` or `platform.<metric>`. */
  readonly metric: string
  readonly enabled: boolean
  readonly built_in: boolean
}

export type StoredRule = RuleColumns & Stamp

export type RuleChange = 'created' | 'changed' | 'enabled' | 'disabled' | 'deleted'

export const rules = folded<RuleColumns>({
  table: 'rules',
  aggregate: 'rule',
  fold(row, said) {
    const { event } = said
    switch (event.case) {
      case 'ruleCreated': {
        const text = textOf(event.value.spec)
        if (!text) return row
        return {
          ...created(said, text),
          ...text,
          enabled: event.value.enabled,
          built_in: event.value.builtIn,
        }
      }
      case 'ruleChanged':
        return row && { ...row, ...textOf(event.value.spec), ...changed(said) }
      case 'ruleEnabled':
        return row && { ...row, enabled: true, ...changed(said) }
      case 'ruleDisabled':
        return row && { ...row, enabled: false, ...changed(said) }
      case 'ruleDeleted':
        return row && { ...row, enabled: false, deleted: true, ...changed(said) }
      default:
        return row
    }
  },
})

const CHANGES: Readonly<Record<string, RuleChange>> = {
  ruleCreated: 'created',
  ruleChanged: 'changed',
  ruleEnabled: 'enabled',
  ruleDisabled: 'disabled',
  ruleDeleted: 'deleted',
}

export type RuleVersionColumns = { readonly change: RuleChange; readonly spec: JsonValue }

export const ruleVersions = listed<RuleVersionColumns>({
  table: 'rule_versions',
  aggregate: 'rule',
  list({ event }) {
    const change = CHANGES[event.case]
    if (change === undefined) return undefined
    const spec = 'spec' in event.value ? textOf(event.value.spec as RuleSpec | undefined) : undefined
    return { change, spec: spec?.spec ?? null }
  },
})

function textOf(spec: RuleSpec | undefined) {
  const text = written(RuleSpecSchema, spec)
  return spec && text && { ...text, severity: spec.severity, metric: metricOf(spec) }
}

function metricOf({ condition }: RuleSpec): string {
  switch (condition.case) {
    case 'metric':
    case 'forecast':
      return condition.value.metric
    case 'platform':
      return `platform.${condition.value.metric}`
    case 'offline':
      return 'offline'
    case undefined:
      return ''
  }
}
