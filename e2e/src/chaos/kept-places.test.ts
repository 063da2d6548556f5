// How many lost promises the places of later epochs cover: as many as they are, never more.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Taken } from './journals.ts'
import { KeptPlaces, type LeftBehind } from './kept-places.ts'

const AGENT = '01ARZ3NDEKTSV4RRFFQ69G5FAV'
const left = (epoch: number, frames: number): LeftBehind => ({ agent: AGENT, epoch, frames })
const taken = (epoch: number, sequence: number): Taken => ({
  agent: 'story-001',
  epoch,
  sequence,
  atMs: sequence,
  line: sequence,
})

test('places of a later epoch cover as many promises as they are', () => {
  const places = new KeptPlaces()
  assert.equal(places.cover('a', taken(1, 1), [left(2, 2)]), true)
  assert.equal(places.cover('b', taken(1, 2), [left(2, 2)]), true)
  assert.equal(places.cover('c', taken(1, 3), [left(2, 2)]), false)
  assert.equal(places.cover('c', taken(1, 3), [left(2, 3)]), true)
  assert.equal(places.count, 3)
})

test('an epoch’s places are for earlier ones only', () => {
  const places = new KeptPlaces()
  assert.equal(places.cover('a', taken(2, 1), [left(2, 9)]), false)
  assert.equal(places.cover('b', taken(1, 1), [left(2, 1), left(3, 1)]), true)
  assert.equal(places.cover('a', taken(2, 1), [left(2, 1), left(3, 1)]), true)
})

test('a promise that is kept after all gives its place back', () => {
  const places = new KeptPlaces()
  places.cover('a', taken(1, 1), [left(2, 1)])
  assert.equal(places.giveBack('a'), true)
  assert.equal(places.giveBack('a'), false)
  assert.equal(places.cover('b', taken(1, 2), [left(2, 1)]), true)
})
