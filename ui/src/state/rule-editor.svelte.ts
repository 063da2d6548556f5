// A rule while it is edited: its fields, what the server refused, and what it would have done in the last 24 h.

import { words } from '../i18n/i18n.svelte.ts'
import { api, type ApiFailure } from '../lib/api.ts'
import type { Rule, RulePreview } from '../lib/alerting-types.ts'
import {
  refusalText,
  ruleFaults,
  ruleFieldOf,
  ruleForm,
  ruleSpec,
  type RuleField,
} from '../shape/rule-form.ts'
import { Deed } from './deed.svelte.ts'
import { Loading } from './loading.svelte.ts'
import { changeRule, createRule } from './rule-deeds.ts'

const BAD_REQUEST = 400
const CONFLICT = 409

export class RuleEditor {
  readonly rule: Rule | undefined
  readonly saving = new Deed()
  readonly preview: Loading<RulePreview>
  form = $state(ruleForm())
  /** Whose last 24 h are looked at. */
  agent = $state('')
  #tried = $state(false)
  /** The form that was refused: what was said of it holds until it is changed. */
  #refused = $state('')
  readonly #before: string

  constructor(rule?: Rule) {
    this.rule = rule
    this.form = ruleForm(rule?.spec)
    this.#before = JSON.stringify(this.form)
    this.preview = new Loading((signal) => this.#ask(signal))
  }

  get dirty(): boolean {
    return JSON.stringify(this.form) !== this.#before
  }
  /** Changes with every field that the preview depends on. */
  get question(): string {
    return JSON.stringify([this.form, this.agent])
  }
  get canPreview(): boolean {
    const { kind } = this.form
    return (
      this.agent !== '' && (kind === 'metric' || kind === 'forecast') && ruleFaults(this.form).length === 0
    )
  }
  /** True when somebody else was faster. */
  get overtaken(): boolean {
    return this.saving.failure?.status === CONFLICT
  }

  /** What is wrong with a field, in words; empty: nothing that is known. */
  fault(field: RuleField): string {
    if (this.#tried && ruleFaults(this.form).includes(field)) return words.t.notANumber
    const refused = this.#refusal()
    return refused && ruleFieldOf(refused) === field ? refusalText(refused) : ''
  }

  /** What is wrong but belongs to no field. */
  get otherFault(): string {
    if (this.saving.failure?.status === BAD_REQUEST) return this.fault('rule')
    return this.overtaken ? words.t.changedMeanwhile : this.saving.fault
  }

  /** Whether it was saved. */
  async save(): Promise<boolean> {
    this.#tried = true
    if (ruleFaults(this.form).length > 0) return false
    const spec = ruleSpec(this.form)
    const { rule } = this
    this.#refused = JSON.stringify(this.form)
    const done = await this.saving.run(() => (rule ? changeRule(rule, spec) : createRule(spec)))
    return done !== undefined
  }

  #refusal(): ApiFailure | undefined {
    const { failure } = this.saving
    const same = JSON.stringify(this.form) === this.#refused
    return same && failure?.status === BAD_REQUEST ? failure : undefined
  }

  // A rule without a name can be looked at all the same.
  #ask(signal: AbortSignal): Promise<RulePreview> {
    const spec = ruleSpec(this.form)
    const body = { spec: { ...spec, name: spec.name || words.t.newRule }, agent: this.agent }
    return api('/rules/preview', { method: 'POST', body, signal })
  }
}
