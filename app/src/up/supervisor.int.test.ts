import { comesTrue } from '@secumon/infra/testing/comes-true'
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { hasEnded } from '@secumon/infra/embedded/processes'
import { temporaryDirectory } from '@secumon/infra/testing/servers'
import { ProgramHopeless, Supervised, type Program } from './supervisor.ts'

const quick = { firstPauseMs: 20, longestPauseMs: 80, healthyAfterMs: 60_000 }

const program = (directory: string, script: string): Program => ({
  name: 'worker',
  command: process.execPath,
  args: ['-e', script],
  environment: { PATH: process.env['PATH'] },
  logFile: join(directory, 'logs', 'worker.log'),
  hopeless: [78],
})

const until = (fact: () => boolean): Promise<void> => comesTrue(String(fact), fact)

test('a program that dies is started again, with growing pauses, and its output is kept', async (t) => {
  const directory = await temporaryDirectory(t)
  const lines: string[] = []
  const worker = Supervised.start(program(directory, 'console.log("round"); process.exit(3)'), {
    ...quick,
    say: (line) => lines.push(line),
  })
  await until(() => lines.length >= 4)
  await worker.stop()
  assert.deepEqual(lines.slice(0, 4), [
    'worker ended with 3 (round); started again in 0.02 s',
    'worker ended with 3 (round); started again in 0.04 s',
    'worker ended with 3 (round); started again in 0.08 s',
    'worker ended with 3 (round); started again in 0.08 s',
  ])
  assert.match(await readFile(join(directory, 'logs', 'worker.log'), 'utf8'), /round\nround/)
})

test('ready is told by the program itself, and a kill from outside is healed', async (t) => {
  const directory = await temporaryDirectory(t)
  const lines: string[] = []
  const script = 'process.send("ready"); setInterval(() => {}, 1000)'
  const worker = Supervised.start(program(directory, script), { ...quick, say: (line) => lines.push(line) })
  t.after(() => worker.stop())
  await worker.ready
  const first = worker.pid
  assert.ok(first)
  process.kill(first, 'SIGKILL')
  await until(() => worker.pid !== undefined && worker.pid !== first)
  assert.deepEqual(lines, ['worker ended with SIGKILL; started again in 0.02 s'])
})

test('a program that can never run is not started again', async (t) => {
  const directory = await temporaryDirectory(t)
  const worker = Supervised.start(program(directory, 'process.exit(78)'), { ...quick, say: () => undefined })
  await assert.rejects(worker.ready, ProgramHopeless)
  await worker.stop()
})

test('a program that does not listen to SIGTERM is killed after the grace', async (t) => {
  const directory = await temporaryDirectory(t)
  const script = 'process.on("SIGTERM", () => {}); process.send("ready"); setInterval(() => {}, 1000)'
  const worker = Supervised.start(program(directory, script), { ...quick, say: () => undefined })
  await worker.ready
  const startedAt = performance.now()
  await worker.stop(200)
  assert.ok(performance.now() - startedAt < 2_000)
  assert.equal(worker.pid, undefined)
})

test('a supervisor that is killed leaves nobody behind', async (t) => {
  const directory = await temporaryDirectory(t)
  const script = `
    import { Supervised } from ${JSON.stringify(new URL('supervisor.ts', import.meta.url).href)}
    const worker = Supervised.start(${JSON.stringify(program(directory, 'process.send("ready"); setInterval(() => {}, 1000)'))}, { say() {} })
    await worker.ready
    console.log(worker.pid)
    setInterval(() => {}, 1000)`
  const file = join(directory, 'supervisor.mjs')
  await writeFile(file, script)
  const supervisor = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(supervisor.stdout, 'data')) as [Buffer]
  const worker = Number(line.toString())
  supervisor.kill('SIGKILL')
  assert.ok(await hasEnded(worker, 5_000), 'the worker ended after its supervisor')
})
