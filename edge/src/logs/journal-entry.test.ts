// Entries as journalctl writes them.

import { LogSeverity } from '@secumon/contracts/gen/log'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readJournalEntry } from './journal-entry.ts'

const entry = (fields: object) => readJournalEntry(JSON.stringify({ __CURSOR: 'c', ...fields }))

test('a message of a service', () => {
  const fields = { MESSAGE: 'up', PRIORITY: '4', _SYSTEMD_UNIT: 'a.service', SYSLOG_IDENTIFIER: 'b' }
  assert.deepEqual(entry({ ...fields, __REALTIME_TIMESTAMP: '1795342774147178' }), {
    cursor: 'c',
    line: { text: 'up', unit: 'a.service', severity: LogSeverity.WARNING, atMs: 1_795_342_774_147 },
  })
})

test('what runs in a scope has its own name', () => {
  const fields = { MESSAGE: 'x', _SYSTEMD_UNIT: 'session-3.scope', SYSLOG_IDENTIFIER: 'sudo' }
  assert.deepEqual(entry(fields)?.line, { text: 'x', unit: 'sudo' })
})

test('messages that are no text', () => {
  assert.equal(entry({ MESSAGE: [104, 105, 0xff] })?.line?.text, 'hi\ufffd')
  assert.equal(entry({ MESSAGE: ['one', 'two'] })?.line?.text, 'one\ntwo')
  assert.equal(entry({ MESSAGE: null })?.line, undefined)
  assert.equal(entry({})?.line, undefined)
})

test('what is no entry', () => {
  for (const json of ['', '-- No entries --', '[]', '{"MESSAGE":"x"}'])
    assert.equal(readJournalEntry(json), undefined)
})
