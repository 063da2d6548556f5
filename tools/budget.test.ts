import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { BUDGET_MS, TIMES, type Kind, type Times } from './budget.ts'

const times = JSON.parse(readFileSync(TIMES, 'utf8')) as Times

for (const [kind, tookMs] of Object.entries(times) as [Kind, number][])
  test(`${kind} tests keep to ${BUDGET_MS[kind] / 1_000} s`, () => {
    assert.ok(tookMs <= BUDGET_MS[kind], `${kind} took ${tookMs / 1_000} s`)
  })
