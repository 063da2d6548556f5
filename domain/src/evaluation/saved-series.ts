// A series in a saved state. Most numbers of a window are short: whole milliseconds apart, single precision, one sample.

import { Slices, type Slice } from './slices.ts'
import { NEVER, type Active, type Phase, type Series } from './series.ts'
import type { StateReader, StateWriter } from './state-bytes.ts'

const HAS_WINDOW = 1
const HAS_ACTIVE = 2

const WHOLE_TIME = 1
const SINGLE_VALUE = 2
const ONE_SAMPLE = 4

const FLAPPING = 16
const HOST_UNKNOWN = 32

const PHASES: readonly Phase[] = ['idle', 'pending', 'firing']

export function writeSeries(into: StateWriter, { heardMs, window, active }: Series): void {
  into.byte((window ? HAS_WINDOW : 0) | (active ? HAS_ACTIVE : 0))
  into.double(heardMs)
  if (window) writeWindow(into, window)
  if (active) writeActive(into, active)
}

export function readSeries(from: StateReader): Series {
  const parts = from.byte()
  const heardMs = from.double()
  const window = parts & HAS_WINDOW ? new Slices(readWindow(from)) : undefined
  const active = parts & HAS_ACTIVE ? readActive(from) : undefined
  return { heardMs, window, active }
}

function writeWindow(into: StateWriter, slices: Slices): void {
  into.varint(slices.size)
  let beforeMs = 0
  for (let i = 0; i < slices.size; i++) {
    const atMs = slices.atMs(i)
    writeSlice(into, { sinceMs: atMs - beforeMs, atMs, value: slices.value(i), weight: slices.weight(i) })
    beforeMs = atMs
  }
}

type SavedSlice = Slice & { readonly sinceMs: number }

function writeSlice(into: StateWriter, { sinceMs, atMs, value, weight }: SavedSlice): void {
  const isWhole = Number.isSafeInteger(sinceMs) && sinceMs >= 0 && Number.isSafeInteger(atMs)
  const isSingle = Math.fround(value) === value
  into.byte((isWhole ? WHOLE_TIME : 0) | (isSingle ? SINGLE_VALUE : 0) | (weight === 1 ? ONE_SAMPLE : 0))
  if (isWhole) into.varint(sinceMs)
  else into.double(atMs)
  if (isSingle) into.single(value)
  else into.double(value)
  if (weight !== 1) into.double(weight)
}

function readWindow(from: StateReader): number[] {
  const slices: number[] = []
  let beforeMs = 0
  for (let left = from.varint(); left > 0; left--) {
    const how = from.byte()
    beforeMs = how & WHOLE_TIME ? beforeMs + from.varint() : from.double()
    const value = how & SINGLE_VALUE ? from.single() : from.double()
    slices.push(beforeMs, value, how & ONE_SAMPLE ? 1 : from.double())
  }
  return slices
}

function writeActive(into: StateWriter, active: Active): void {
  into.text(active.alert)
  const phases = PHASES.indexOf(active.told) | (PHASES.indexOf(active.phase) << 2)
  into.byte(phases | (active.flapping ? FLAPPING : 0) | (active.hostUnknown ? HOST_UNKNOWN : 0))
  into.varint(active.changes)
  into.double(active.sinceMs)
  into.double(active.lastAtMs)
  into.byte(active.clearSinceMs === NEVER ? 0 : 1)
  if (active.clearSinceMs !== NEVER) into.double(active.clearSinceMs)
}

function readActive(from: StateReader): Active {
  const alert = from.text()
  const states = from.byte()
  const phaseAt = (shift: number): Phase => PHASES[(states >> shift) & 3] ?? 'idle'
  return {
    alert,
    told: phaseAt(0),
    phase: phaseAt(2),
    flapping: (states & FLAPPING) !== 0,
    hostUnknown: (states & HOST_UNKNOWN) !== 0,
    changes: from.varint(),
    sinceMs: from.double(),
    lastAtMs: from.double(),
    clearSinceMs: from.byte() === 0 ? NEVER : from.double(),
  }
}
