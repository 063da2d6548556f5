import { rule } from '@secumon/domain/rule/rule'
import fc from 'fast-check'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ANY_CONTENT_AT_MS, anyContent } from './testing/any-content.ts'
import { Tenant, type Told } from './testing/tenant.ts'

const outcomes = (told: readonly Told[]) => told.map(({ name, outcome }) => `${name} ${outcome}`)
const rules = (...lines: readonly string[]): string =>
  ['rules:', ...lines.map((line) => `  - { severity: info, condition: { kind: offline }, ${line} }`)].join(
    '\n',
  )
const [ONE, TWO, GHOST] = [1, 2, 3].map((n) => `01ARZ3NDEKTSV4RRFFQ69G5FA${n}`)

test('what is exported is there already, whatever it is', async () => {
  const property = fc.asyncProperty(anyContent, async (content) => {
    const tenant = new Tenant()
    tenant.nowMs = ANY_CONTENT_AT_MS
    const told = await tenant.apply(JSON.stringify(content))
    assert.deepEqual(
      told.filter(({ outcome }) => outcome !== 'created'),
      [],
    )
    const [{ count }, exported] = [tenant, tenant.export()]
    const again = await tenant.apply(exported)
    assert.equal(again.length, told.length)
    assert.deepEqual(
      again.filter(({ outcome }) => outcome !== 'unchanged'),
      [],
      exported,
    )
    assert.equal(tenant.count, count)
    assert.equal(tenant.export(), exported)
    const elsewhere = new Tenant()
    elsewhere.nowMs = ANY_CONTENT_AT_MS
    await elsewhere.apply(JSON.stringify(content))
    assert.equal(elsewhere.export(), exported)
  })
  await fc.assert(property, { seed: 20_261_122, numRuns: 10 })
})

describe('things of one name', () => {
  test('are told apart by their ids, which an export has', async () => {
    const tenant = new Tenant()
    await tenant.apply(rules(`id: ${ONE}, name: dup`, `id: ${TWO}, name: dup, description: b`))
    assert.deepEqual(outcomes(await tenant.apply(tenant.export())), ['dup unchanged', 'dup unchanged'])
    const [vague] = await tenant.apply(rules('name: dup'))
    assert.equal(vague?.reason, `there are 2 of this name: say which by its id, ${ONE} or ${TWO}`)
    const both = await tenant.apply(rules(`id: ${TWO}, name: dup`, 'name: dup'))
    assert.deepEqual(outcomes(both), ['dup changed', 'dup unchanged'])
  })

  test('are refused where one of them is referred to', async () => {
    const tenant = new Tenant()
    await tenant.apply(`policies: [{ id: ${ONE}, name: p, steps: [] }, { id: ${TWO}, name: p, steps: [] }]`)
    const [named, meant] = await tenant.apply(
      rules('name: a, escalation_policy: p', `name: b, escalation_policy: ${TWO}`),
    )
    assert.match(named?.reason ?? '', /there are 2 of policies with the name "p": say which by its id/)
    assert.equal(meant?.outcome, 'created')
  })
})

describe('an id', () => {
  test('is that of one thing, whatever it is called', async () => {
    const tenant = new Tenant()
    await tenant.apply(rules(`id: ${ONE}, name: old`))
    const [told] = await tenant.apply(rules(`id: ${ONE}, name: new`))
    assert.deepEqual([told?.outcome, told?.differences], ['changed', ['name: "old" → "new"']])
    const twice = await tenant.apply(rules(`id: ${ONE}, name: a`, `id: ${ONE}, name: b`, 'id: 5, name: c'))
    assert.deepEqual(
      twice.flatMap(({ faults }) => faults),
      [
        'content.yaml:2:53 rules[0].id: rules[1] has the same',
        'content.yaml:3:53 rules[1].id: rules[0] has the same',
        'content.yaml:4:53 rules[2].id: an id is 26 characters, as exported',
      ],
    )
  })

  test('that is not there finds its thing by name, or makes it', async () => {
    const tenant = new Tenant()
    await tenant.apply(rules('name: a'))
    const file = rules(`id: ${ONE}, name: a`, `id: ${TWO}, name: b`)
    assert.deepEqual(outcomes(await tenant.apply(file)), ['a unchanged', 'b created'])
    assert.deepEqual(outcomes(await tenant.apply(file)), ['a unchanged', 'b unchanged'])
    assert.match(tenant.export(), new RegExp(`id: ${TWO}\n    name: b`))
  })

  test('of what was deleted makes it anew, once', async () => {
    const tenant = new Tenant()
    const file = rules(`id: ${ONE}, name: a`, `id: ${TWO}, name: a`)
    await tenant.apply(file)
    await tenant.execute(rule, String(ONE), [{ kind: 'DeleteRule' }])
    assert.deepEqual(outcomes(await tenant.apply(file)), ['a created', 'a unchanged'])
    assert.deepEqual(outcomes(await tenant.apply(file)), ['a unchanged', 'a unchanged'])
  })
})

test('what refers to something that is gone stays as it is', async () => {
  const tenant = new Tenant()
  await tenant.apply(`
schedules:
  - name: s
    time_zone: UTC
    layers: [{ name: l, starts_at: 2026-01-01T00:00:00, days_each: 7, members: [{ name: m, channels: [${GHOST}] }] }]
policies: [{ name: p, steps: [{ delay: 0s, targets: [{ channel: ${GHOST} }, { schedule: s }] }] }]
`)
  const exported = tenant.export()
  assert.match(exported, new RegExp(`channel: ${GHOST}\n.*schedule: s`))
  assert.deepEqual(outcomes(await tenant.apply(exported)), ['s unchanged', 'p unchanged'])
})

describe('text that looks like a variable', () => {
  const described = `rules: [{ name: "\${HOOK}", description: "\${HOOK}", severity: info, condition: { kind: offline } }]`

  test('is text, everywhere but in secrets', async () => {
    const tenant = new Tenant()
    assert.deepEqual(outcomes(await tenant.apply(described)), ['${HOOK} created'])
    const exported = tenant.export()
    assert.match(exported, /description: \$\{HOOK\}/)
    assert.deepEqual(outcomes(await tenant.apply(exported)), ['${HOOK} unchanged'])
  })

  test('is no secret where nothing of that name is known', async () => {
    const [told] = await new Tenant().apply(`channels:
  - name: ops
    kind: webhook
    secrets: { url: "https://hooks.example/\${NOT_SET}" }
`)
    assert.deepEqual(told?.faults, [
      'content.yaml:4:16 channels[0].secrets.url: ${NOT_SET} is not in the environment',
    ])
  })
})
