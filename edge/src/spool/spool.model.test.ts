// Both spools against an array: whatever the order of append, skip, free, sync, restart and read, the spool shows the
// frames it holds, in order, and says what it does not have.

import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { readFrameHeader, type Sealed } from '@secumon/contracts/frame'
import { AT, frameAfter, TEST_ANCHOR, testClock, testDirectory } from '../testing/chain.ts'
import { openSpool } from './file-spool.ts'
import { openMemorySpool } from './memory-spool.ts'
import type { Spool } from './spool.ts'

/** Undefined where a sequence was skipped. */
type Model = { frames: (Sealed | undefined)[]; inherited: number; note: string | undefined }
type Real = { spool: Spool; reopen(): Promise<void> }

const hex = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString('hex')

class Append implements fc.AsyncCommand<Model, Real> {
  readonly bytes: number
  readonly note: string
  constructor(bytes: number, note: string) {
    this.bytes = bytes
    this.note = note
  }
  check = (): boolean => true
  async run(model: Model, { spool }: Real): Promise<void> {
    const sealed = frameAfter(spool.head, this.bytes)
    spool.append(sealed, AT, this.note === '' ? undefined : Buffer.from(this.note))
    model.frames.push(sealed)
    model.note = this.note === '' ? model.note : this.note
    assert.equal(spool.head.sequence, model.frames.length)
  }
  toString = (): string => `append(${this.bytes}, ${this.note.length})`
}

class Remember implements fc.AsyncCommand<Model, Real> {
  readonly note: string
  constructor(note: string) {
    this.note = note
  }
  check = (): boolean => true
  async run(model: Model, { spool }: Real): Promise<void> {
    const { head } = spool
    spool.remember(Buffer.from(this.note))
    model.note = this.note
    assert.deepEqual(spool.head, head)
  }
  toString = (): string => `remember(${this.note.length})`
}

class Skip implements fc.AsyncCommand<Model, Real> {
  readonly count: number
  constructor(count: number) {
    this.count = count
  }
  check = (): boolean => true
  async run({ frames }: Model, { spool }: Real): Promise<void> {
    const { hash } = spool.head
    spool.skip(this.count)
    for (let i = 0; i < this.count; i++) frames.push(undefined)
    assert.deepEqual(spool.head, { sequence: frames.length, hash })
  }
  toString = (): string => `skip(${this.count})`
}

class Inherit implements fc.AsyncCommand<Model, Real> {
  check = (): boolean => true
  async run(model: Model, { spool }: Real): Promise<void> {
    spool.inherit()
    model.inherited = model.frames.length
  }
  toString = (): string => 'inherit'
}

class Free implements fc.AsyncCommand<Model, Real> {
  readonly share: number
  constructor(share: number) {
    this.share = share
  }
  check = (): boolean => true
  async run(model: Model, { spool }: Real): Promise<void> {
    const before = spool.base.sequence
    const upTo = Math.floor(model.frames.length * this.share)
    spool.free(upTo)
    assert.ok(spool.base.sequence <= Math.max(before, upTo), 'freed more than it was told')
  }
  toString = (): string => `free(${this.share})`
}

class Read implements fc.AsyncCommand<Model, Real> {
  readonly share: number
  constructor(share: number) {
    this.share = share
  }
  check = (): boolean => true
  async run({ frames, inherited }: Model, { spool }: Real): Promise<void> {
    let expected = Math.floor(frames.length * this.share) + 1
    let named: string | undefined
    const cursor = spool.read(expected)
    for (let entry = cursor.next(); entry; entry = cursor.next()) {
      if (entry.kind === 'missing') {
        const { first, last, why, hashOfLast } = entry.missing
        assert.equal(first, expected)
        assert.ok(frames.slice(Math.max(first - 1, spool.base.sequence), last).every((frame) => !frame))
        assert.equal(why === 'left', last <= inherited)
        assert.ok(why === 'left' || first > inherited)
        named = hex(hashOfLast)
        expected = last + 1
      } else {
        const sealed = frames[entry.record.sequence - 1]
        assert.equal(entry.record.sequence, expected++)
        if (named !== undefined) assert.equal(hex(readFrameHeader(entry.record.bytes).previousHash), named)
        named = undefined
        assert.equal(hex(entry.record.bytes), hex(sealed?.bytes))
        assert.equal(hex(entry.record.signature), hex(sealed?.signature))
        assert.equal(entry.record.uptimeMs, AT.uptimeMs)
        assert.equal(entry.record.bootId, AT.bootId)
      }
    }
    cursor.close()
    assert.equal(expected, frames.length + 1)
    if (named !== undefined) assert.equal(hex(spool.head.hash), named)
    const dropped = frames.slice(0, spool.base.sequence)
    const last = dropped.findLast((frame) => frame !== undefined)
    assert.equal(hex(spool.hashAt(spool.base.sequence)), hex(last?.hash ?? TEST_ANCHOR.hash))
  }
  toString = (): string => `read(${this.share})`
}

class Restart implements fc.AsyncCommand<Model, Real> {
  check = (): boolean => true
  async run({ note }: Model, real: Real): Promise<void> {
    const { durable, pristine, base, head, roomBytes } = real.spool
    await real.reopen()
    assert.equal(real.spool.note && Buffer.from(real.spool.note).toString(), note)
    assert.deepEqual(
      { head: { ...real.spool.head, hash: hex(real.spool.head.hash) }, room: real.spool.roomBytes },
      { head: { ...head, hash: hex(head.hash) }, room: roomBytes },
    )
    assert.deepEqual(
      { durable: real.spool.durable, pristine: real.spool.pristine, base: real.spool.base.sequence },
      { durable, pristine, base: base.sequence },
    )
  }
  toString = (): string => 'restart'
}

class Sync implements fc.AsyncCommand<Model, Real> {
  check = (): boolean => true
  async run(_: Model, { spool }: Real): Promise<void> {
    await spool.sync()
    assert.equal(spool.synced, spool.head.sequence)
    assert.equal(spool.pristine, false)
  }
  toString = (): string => 'sync'
}

const share = fc.double({ min: 0, max: 1, noNaN: true })
const note = fc.integer({ min: 0, max: 900 }).map((length) => 'n'.repeat(length))
const frame = fc.tuple(fc.integer({ min: 0, max: 9000 }), note)
const common = [
  frame.map(([bytes, left]) => new Append(bytes, left)),
  frame.map(([bytes, left]) => new Append(bytes, left)),
  note.filter((left) => left !== '').map((left) => new Remember(left)),
  share.map((value) => new Free(value)),
  share.map((value) => new Read(value)),
  fc.constant(new Sync()),
  fc.integer({ min: 1, max: 5 }).map((count) => new Skip(count)),
  fc.constant(new Inherit()),
]
const seed = Date.now() & 0x7fffffff

test('a file spool is an array with a beginning that moves', async (t) => {
  t.diagnostic(`seed ${seed}`)
  const directory = testDirectory(t)
  let run = 0
  const property = fc.asyncProperty(
    fc.commands([...common, fc.constant(new Restart())], { size: '+1' }),
    async (commands) => {
      const options = { directory: join(directory, String(run++)), anchor: TEST_ANCHOR, clock: testClock() }
      const open = (): Spool => openSpool({ ...options, limits: { maxBytes: 48 * 1024 } })
      const real: Real = {
        spool: open(),
        async reopen() {
          await real.spool.close()
          real.spool = open()
        },
      }
      try {
        await fc.asyncModelRun(
          () => ({ model: { frames: [], inherited: 0, note: undefined }, real }),
          commands,
        )
      } finally {
        await real.spool.close()
        rmSync(options.directory, { recursive: true })
      }
    },
  )
  await fc.assert(property, { seed, numRuns: 60 })
})

test('a memory spool keeps the same promises', async (t) => {
  t.diagnostic(`seed ${seed}`)
  const property = fc.asyncProperty(fc.commands(common, { size: '+1' }), async (commands) => {
    const spool = openMemorySpool({ anchor: TEST_ANCHOR, maxBytes: 48 * 1024 })
    await fc.asyncModelRun(
      () => ({
        model: { frames: [], inherited: 0, note: undefined },
        real: { spool, reopen: async () => undefined },
      }),
      commands,
    )
  })
  await fc.assert(property, { seed, numRuns: 60 })
})
