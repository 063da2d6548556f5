import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { EscalationPolicySpecSchema, type EscalationPolicySpec } from '@secumon/contracts/gen/escalation'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Rejected } from '../rejected.ts'
import { idOf, step } from '../testing/night.ts'
import { BUILT_IN_POLICY, builtInPolicy } from './built-in-policy.ts'
import { escalation, type EscalationCommand, type EscalationState } from './escalation.ts'
import { validPolicy } from './validate.ts'

const spec = (changes: MessageInitShape<typeof EscalationPolicySpecSchema> = {}): EscalationPolicySpec =>
  create(EscalationPolicySpecSchema, { name: 'p', steps: [step(0, idOf('c'))], ...(changes as object) })
const creation: EscalationCommand = { kind: 'CreatePolicy', spec: spec() }
const deletion: EscalationCommand = { kind: 'DeletePolicy' }

const after = (...commands: EscalationCommand[]): EscalationState =>
  commands.reduce<EscalationState>(
    (state, command) => escalation.decide(command, state).reduce(escalation.evolve, state),
    escalation.initial,
  )

const outcomes: [string, EscalationCommand[], EscalationCommand, string[]][] = [
  ['created', [], creation, ['escalationPolicyCreated']],
  ['created again', [creation], creation, []],
  ['changed', [creation], { kind: 'ChangePolicy', spec: spec({ order: 3 }) }, ['escalationPolicyChanged']],
  ['changed to what it is', [creation], { kind: 'ChangePolicy', spec: spec({ name: ' p ' }) }, []],
  [
    'one that tells nobody',
    [],
    { kind: 'CreatePolicy', spec: spec({ steps: [] }) },
    ['escalationPolicyCreated'],
  ],
  ['deleted', [creation], deletion, ['escalationPolicyDeleted']],
  ['deleted twice', [creation, deletion], deletion, []],
]
for (const [name, before, command, expected] of outcomes)
  test(name, () =>
    assert.deepEqual(
      escalation.decide(command, after(...before)).map((event) => event.case),
      expected,
    ),
  )

const refusals: [string, MessageInitShape<typeof EscalationPolicySpecSchema>, RegExp][] = [
  ['no name', { name: '' }, /needs a name/],
  ['a step that tells nobody', { steps: [{ delayMs: 0, targets: [] }] }, /step 1 has 1 to 50/],
  ['a target that is no id', { steps: [step(0, 'slack')] }, /named by its id/],
  ['a step too late', { steps: [step(8 * 86_400_000, idOf('c'))] }, /at most 7 days/],
  ['again too soon', { repeatIntervalMs: 1_000 }, /1 minute to 30 days/],
  ['a wait too long', { groupWaitMs: 3_600_001 }, /at most 1 hour/],
  ['an empty label', { groupBy: [''] }, /labels of 1/],
  ['hours of no zone', { activeHours: { timeZone: 'x', hours: [] } }, /not a time zone/],
]
for (const [name, changes, reason] of refusals)
  test(`refused: ${name}`, () =>
    assert.throws(
      () => escalation.decide({ kind: 'CreatePolicy', spec: spec(changes) }, escalation.initial),
      (error) => error instanceof Rejected && error.code === 'invalid' && reason.test(error.message),
    ))

test('the built-in policy is sound, and tells every channel at once', () => {
  const found = validPolicy(builtInPolicy([idOf('a'), idOf('b')]))
  assert.deepEqual(found.steps.map(({ delayMs, targets }) => [delayMs, targets.length]), [[0, 2]]) // prettier-ignore
  assert.equal(BUILT_IN_POLICY.length, 26)
  assert.deepEqual(builtInPolicy([]).steps, [])
})
