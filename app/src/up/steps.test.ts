import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Steps } from './steps.ts'

function collecting(): { steps: Steps; lines: string[]; stop: AbortController } {
  const [lines, stop] = [[] as string[], new AbortController()]
  return { lines, stop, steps: new Steps(stop.signal, (line) => lines.push(line)) }
}

test('a step is told with its time when it is done', async () => {
  const { steps, lines } = collecting()
  assert.equal(await steps.step('x', async () => ({ line: 'x started', value: 42 })), 42)
  assert.match(lines.join(), /^✓ {2}0\.\d s {2}x started$/)
})

test('a step that fails is named, and the failure goes on', async () => {
  const { steps, lines } = collecting()
  await assert.rejects(
    steps.step('x', () => Promise.reject(new Error('no room'))),
    /no room/,
  )
  assert.match(lines.join(), /^✗ {2}0\.\d s {2}x failed$/)
})

test('after a stop nothing is begun, and nothing is told as done', async () => {
  const { steps, lines, stop } = collecting()
  const stopped = async () => {
    stop.abort()
    return { line: 'x started', value: 1 }
  }
  await assert.rejects(steps.step('x', stopped))
  await assert.rejects(steps.step('y', async () => assert.fail('must not begin')))
  assert.deepEqual(lines, [])
})
