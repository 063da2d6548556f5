import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agent, type AgentCommand, type AgentState } from './agent.ts'
import { Rejected } from './rejected.ts'

const register: AgentCommand = {
  kind: 'RegisterAgent',
  name: ' web-1 ',
  tags: ['b', 'a', 'b'],
  simulated: false,
}
const after = (...commands: AgentCommand[]) =>
  commands.reduce<AgentState>(
    (state, command) => agent.decide(command, state).reduce(agent.evolve, state),
    agent.initial,
  )

test('a registered agent has a trimmed name and sorted tags', () => {
  assert.deepEqual(after(register), { name: 'web-1', tags: ['a', 'b'], simulated: false, retired: false })
})

const changes: [AgentCommand, Partial<AgentState & object>][] = [
  [{ kind: 'RenameAgent', name: 'web-2' }, { name: 'web-2' }],
  [{ kind: 'TagAgent', tags: ['eu'] }, { tags: ['eu'] }],
  [{ kind: 'RetireAgent', reason: 'sold' }, { retired: true }],
]

for (const [command, change] of changes)
  test(`${command.kind} has its effect once`, () => {
    const state = after(register, command)
    assert.deepEqual(state, { ...after(register), ...change })
    assert.deepEqual(agent.decide(command, state), [])
  })

const refused: [string, AgentCommand[], AgentCommand, string][] = [
  ['a stranger', [], { kind: 'RenameAgent', name: 'x' }, 'not_found'],
  ['an empty name', [register], { kind: 'RenameAgent', name: '  ' }, 'invalid'],
  ['a tag with a blank', [register], { kind: 'TagAgent', tags: ['a b'] }, 'invalid'],
  [
    'too many tags',
    [register],
    { kind: 'TagAgent', tags: Array.from({ length: 51 }, (_, i) => `t${i}`) },
    'invalid',
  ],
]

for (const [what, given, when, code] of refused)
  test(`refused: ${what}`, () => {
    assert.throws(
      () => agent.decide(when, after(...given)),
      (e: unknown) => e instanceof Rejected && e.code === code,
    )
  })
