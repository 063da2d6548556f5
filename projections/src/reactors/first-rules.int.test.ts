import { comesTrue } from '@secumon/infra/testing/comes-true'
import { rule } from '@secumon/domain/rule/rule'
import { handle } from '@secumon/infra/eventlog/handle'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { pino } from 'pino'
import { systemClock } from '../testing/loop.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { agentId, envelope } from '../testing/recorded.ts'
import { testDatabase } from '../testing/recorder.ts'
import { createFirstRules } from './first-rules.ts'
import { memoryEventLogStore } from './testing/memory-event-log-store.ts'

const db = await testDatabase({ after })
const log = new MemoryLog()
const store = memoryEventLogStore(log)
const logger = pino({ level: 'silent' })

function start(fence: number) {
  const stop = new AbortController()
  const done = createFirstRules(
    { log, store, db, clock: systemClock, logger },
    { fence, signal: stop.signal },
  )
  return {
    stop: async () => {
      stop.abort()
      await done
    },
  }
}

const rulesOf = (tenant: string) =>
  log.messages('EVENTS').filter(({ subject }) => subject.startsWith(`events.${tenant}.rule.`))

test('the first tenant and the platform at once, others with their first agent, each once', async () => {
  const first = start(1)
  await comesTrue('main and system', () => rulesOf('main').length === 5 && rulesOf('system').length === 6)
  log.append('EVENTS', envelope({ aggregate: 'agent', id: agentId(1), version: 1, tenant: 'other' }))
  await comesTrue('the other tenant', () => rulesOf('other').length === 5)
  await first.stop()
  const id = rulesOf('main')[0]?.subject.split('.')[3] ?? ''
  const aggregate = { tenant: 'main', aggregate: 'rule', id }
  const actor = { $typeName: 'secumon.v1.Actor' as const, actor: { case: undefined } }
  await handle(store, rule, {
    aggregate,
    command: { kind: 'DeleteRule' },
    commandId: 'delete',
    actor,
    clock: systemClock,
  })
  const again = start(2)
  log.append('EVENTS', envelope({ aggregate: 'agent', id: agentId(2), version: 1, tenant: 'third' }))
  await comesTrue('the third tenant', () => rulesOf('third').length === 5)
  await again.stop()
  assert.equal(rulesOf('main').length, 6, 'what was deleted stays deleted')
})
