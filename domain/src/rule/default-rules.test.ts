import { SYSTEM_TENANT } from '@secumon/contracts/subjects'
import { isUlid } from '@secumon/contracts/ids'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultRules } from './default-rules.ts'
import { rule } from './rule.ts'

for (const [tenant, count] of [
  ['main', 5],
  [SYSTEM_TENANT, 6],
] as const)
  test(`the rules that ${tenant} has from the start are sound, and created once`, () => {
    const rules = defaultRules(tenant)
    assert.equal(rules.length, count)
    assert.equal(new Set(rules.map(({ aggregate }) => aggregate.id)).size, count)
    for (const { aggregate, command } of rules) {
      assert.ok(isUlid(aggregate.id))
      assert.equal(aggregate.tenant, tenant)
      const state = rule.decide(command, rule.initial).reduce(rule.evolve, rule.initial)
      assert.ok(state?.enabled && state.builtIn)
      assert.deepEqual(rule.decide(command, state), [])
    }
  })
