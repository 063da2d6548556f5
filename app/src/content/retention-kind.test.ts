import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Tenant } from './testing/tenant.ts'

describe('retention', () => {
  const KEPT = 'retention: [{ raw_days: 7, logs_days: 3 }]'
  const told = async (tenant: Tenant, text: string) =>
    (await tenant.apply(text)).map(({ outcome, differences, reason }) => reason ?? [outcome, ...differences])

  test('is the one of the tenant, and comes back from an export', async () => {
    const tenant = new Tenant()
    assert.deepEqual(
      (await tenant.apply(KEPT)).map(({ name, outcome }) => `${name} ${outcome}`),
      ['retention[0] created'],
    )
    const text = tenant.export()
    assert.match(text, /^retention:\n  - raw_days: 7\n    rollup_5min_days: null\n/)
    for (const same of [KEPT, text]) assert.deepEqual(await told(tenant, same), [['unchanged']])
    assert.deepEqual(await told(tenant, 'retention: [{ logs_days: 3 }]'), [['changed', 'raw_days: 7 → null']])
    assert.deepEqual(await told(new Tenant(), 'retention: [{}]'), [['unchanged']])
  })

  const refused: [string, RegExp][] = [
    ['{ raw_days: 31 }', /^samples as measured are kept for 30 days at most/],
    ['{ rollup_5min_days: 20 }', /^what is coarser is kept at least as long/],
    ['{ logs_days: 0.5 }', /^logs_days: whole days/],
    ['{ raw: 7 }', /^raw: there is no such key/],
    [`{ id: ${'0'.repeat(26)} }`, /^id: a tenant has one/],
  ]
  for (const [item, reason] of refused)
    test(`refused: ${item}`, async () =>
      assert.match(String((await told(new Tenant(), `retention: [${item}]`))[0]), reason))

  test('is said once, and not of the platform', async () => {
    const twice = await told(new Tenant(), 'retention: [{ raw_days: 7 }, { raw_days: 8 }]')
    assert.deepEqual(twice, [['created'], 'a tenant has one: retention[0] says it'])
    const platform = new Tenant()
    platform.tenant = 'system'
    assert.match(String((await told(platform, KEPT))[0]), /as its settings say/)
  })
})
