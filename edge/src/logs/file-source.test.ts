// Files as programs and logrotate treat them, against a list of the lines that were written: each arrives once, in order.

import assert from 'node:assert/strict'
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { LogDropReason } from '@secumon/contracts/gen/log'
import { testDirectory } from '../testing/chain.ts'
import { storedPosition, testFiles, type Rig } from '../testing/test-files.ts'
import type { LogSource } from './log-source.ts'

type World = Rig & {
  readonly path: string
  source: LogSource
  written: number
  half: string
  arrived: string[]
  committed: { count: number; position: unknown }
}

const line = (number: number): string => `${number} ${'x'.repeat((number * 7_919) % 200)}`

function write(world: World, count: number, half: boolean): void {
  let text = world.half
  for (let i = 0; i < count; i++) text += `${line(world.written++)}\n`
  world.half = ''
  if (half) {
    // The rest of the line comes with the next write.
    const whole = line(world.written++)
    text += whole.slice(0, 1)
    world.half = `${whole.slice(1)}\n`
  }
  appendFileSync(world.path, text)
}

const endLine = (world: World): void => {
  if (world.half !== '') appendFileSync(world.path, world.half)
  world.half = ''
}

function putAside({ path }: World, how: (from: string, to: string) => void): void {
  for (let i = 60; i >= 1; i--) if (existsSync(`${path}.${i}`)) renameSync(`${path}.${i}`, `${path}.${i + 1}`)
  if (existsSync(path)) how(path, `${path}.1`)
}

// So long that what the patterns name is found.
async function look(world: World, readings: number): Promise<void> {
  world.clock.runningMs += 5_000
  for (let i = 0; i < readings; i++) {
    const lines = await world.source.read()
    if (!lines) return
    world.arrived.push(...lines.map(({ text }) => text))
  }
}

const commit = (world: World): void => {
  world.committed = { count: world.arrived.length, position: storedPosition(world.source) }
}

async function kill(world: World, whileDown: (world: World) => void): Promise<void> {
  await world.source.close()
  world.arrived.length = world.committed.count
  whileDown(world)
  world.source = await world.open(world.committed.position)
}

const STEPS = {
  write: (world: World, n: number) => write(world, n, n % 3 === 0),
  look: (world: World, n: number) => look(world, 1 + (n % 4)),
  commit,
  rename: async (world: World) => {
    await beSeen(world)
    rename(world)
    await look(world, 1)
  },
  copyAndTruncate: async (world: World) => {
    // Of a file from which nothing was read there is nothing to tell its copy by.
    endLine(world)
    write(world, 1, false)
    await look(world, 1_000)
    commit(world)
    write(world, 20, false)
    putAside(world, copyFileSync)
    truncateSync(world.path)
    await look(world, 1_000)
    commit(world)
  },
  remove: async (world: World) => {
    endLine(world)
    await look(world, 1)
    if (existsSync(world.path)) rmSync(world.path)
    await look(world, 1_000)
    commit(world)
  },
  kill: (world: World) => kill(world, () => undefined),
  killAndRename: async (world: World, n: number) => {
    await beSeen(world)
    await kill(world, () => {
      for (let i = 0; i < n % 4 && existsSync(world.path); i++) {
        write(world, 30, false)
        rename(world)
        write(world, 5, false)
      }
      write(world, 10, true)
    })
  },
} as const satisfies Record<string, (world: World, n: number) => Promise<void> | void>

// A file of which the agent kept nothing while it had its name is none of the source's.
async function beSeen(world: World): Promise<void> {
  await look(world, 1)
  const { path, committed } = world
  const known = JSON.stringify(committed.position)
  if (existsSync(path) && !known.includes(`:${statSync(path).ino}"`)) commit(world)
}

type Step = { readonly kind: keyof typeof STEPS; readonly n: number }

function rename(world: World): void {
  endLine(world)
  putAside(world, renameSync)
}

const steps = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom(
      ...(['write', 'write', 'write', 'look', 'look', 'commit', 'commit', 'rename'] as const),
      ...(['copyAndTruncate', 'remove', 'kill', 'killAndRename'] as const),
    ),
    n: fc.integer({ min: 0, max: 400 }),
  }),
  { minLength: 5, maxLength: 40 },
)

test('whatever is done to the files and whenever the agent is killed, each line arrives once and in order', async (t) => {
  const directory = testDirectory(t)
  let run = 0
  await fc.assert(
    fc.asyncProperty(steps, async (taken) => {
      const rig = testFiles(join(directory, String(run++)))
      const source = await rig.open()
      const path = join(rig.directory, 'app.log')
      const world: World = {
        ...rig,
        source,
        path,
        written: 0,
        half: '',
        arrived: [],
        committed: { count: 0, position: storedPosition(source) },
      }
      write(world, 3, false)
      await look(world, 1)
      commit(world)
      for (const { kind, n } of taken) await STEPS[kind](world, n)
      endLine(world)
      for (let i = 0; i < 4; i++) await look(world, 1_000)
      await world.source.close()
      assert.deepEqual(
        world.arrived.map((text) => Number(text.split(' ')[0])),
        Array.from({ length: world.written }, (_, i) => i),
      )
      rmSync(rig.directory, { recursive: true })
    }),
    { numRuns: 25 },
  )
})

test('on the very first run nothing is read that was there, but a line that was not ended', async (t) => {
  const rig = testFiles(testDirectory(t))
  const path = join(rig.directory, 'app.log')
  writeFileSync(path, 'old\nhalf')
  const source = await rig.open(undefined, { from: 'end' })
  appendFileSync(path, ' and half\nnew\n')
  writeFileSync(join(rig.directory, 'other.log'), 'a new file, from its beginning\n')
  assert.deepEqual(await rig.drain(source), ['half and half', 'new', 'a new file, from its beginning'])
  await source.close()
})

test('what was added while nobody was there is read, also when nothing was read before', async (t) => {
  const rig = testFiles(testDirectory(t))
  const path = join(rig.directory, 'app.log')
  writeFileSync(path, 'old\n')
  const first = await rig.open(undefined, { from: 'end' })
  const position = storedPosition(first)
  await first.close()
  appendFileSync(path, 'meanwhile\n')
  const second = await rig.open(position, { from: 'end' })
  assert.deepEqual(await rig.drain(second), ['meanwhile'])
  await second.close()
})

test('a file that was truncated and has grown beyond its old size is read from its beginning', async (t) => {
  const rig = testFiles(testDirectory(t))
  const path = join(rig.directory, 'app.log')
  writeFileSync(path, 'one\ntwo\n')
  const source = await rig.open()
  assert.deepEqual(await rig.drain(source), ['one', 'two'])
  writeFileSync(path, 'three\nfour\nfive\n')
  assert.deepEqual(await rig.drain(source), ['three', 'four', 'five'])
  assert.deepEqual(
    rig.losses.map(({ reason }) => reason),
    [LogDropReason.FILE_GONE],
  )
  await source.close()
})

test('a group of lines is an event when the next begins, or when nothing more comes', async (t) => {
  const rig = testFiles(testDirectory(t))
  const path = join(rig.directory, 'app.log')
  const source = await rig.open(undefined, { multiline: { start: '^E ' } })
  writeFileSync(path, 'E one\n  at a\n\n  at b\nE two\n  at c\n')
  assert.deepEqual(await rig.drain(source), ['E one\n  at a\n\n  at b'])
  assert.deepEqual(await rig.drain(source), ['E two\n  at c'])
  await source.close()
})

test('neither links nor what is no file is read', async (t) => {
  const rig = testFiles(testDirectory(t))
  writeFileSync(join(rig.directory, 'secret'), 'not for the platform\n')
  symlinkSync(join(rig.directory, 'secret'), join(rig.directory, 'app.log'))
  mkdirSync(join(rig.directory, 'directory.log'))
  const source = await rig.open()
  assert.deepEqual(await rig.drain(source), [])
  await source.close()
  const following = await rig.open(undefined, { follow_symlinks: true })
  assert.deepEqual(await rig.drain(following), ['not for the platform'])
  await following.close()
})

test('the last line of a file that was removed is told without an end', async (t) => {
  const rig = testFiles(testDirectory(t))
  const path = join(rig.directory, 'app.log')
  writeFileSync(path, 'whole\nhalf')
  const source = await rig.open()
  assert.deepEqual(await rig.drain(source), ['whole'])
  rmSync(path)
  const lines: string[] = []
  for (let i = 0; i < 14; i++) lines.push(...(await rig.drain(source)))
  assert.deepEqual(lines, ['half'])
  assert.deepEqual(source.position(), [])
  await source.close()
})
