// Runs the kinds of tests named on the command line, each under the clock, then the test that holds their budgets.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startSharedPostgres } from '../infra/src/testing/shared-postgres.ts'
import { CACHE, TIMES, type Kind, type Times } from './budget.ts'

const ROOT = join(import.meta.dirname, '..')
/** Unit tests that open files, sockets and whole agents, and wait for them: two at a time, each in a process. */
const WAITING = '{edge,edge/src,edge/src/!(logs)/**}'
/** One process for all: starting one for each file would take four times as long as the tests do. */
const QUICK = '{{contracts,domain,infra,migrations,projections,gateway,app,bench}/**,edge/src/logs}'
const ROOMS = '{contracts,domain,infra,migrations,projections,edge,gateway,app,bench}/**'
const EXCLUDE = ['**/node_modules', '**/dist']

const find = (pattern: string): string[] => globSync(pattern, { cwd: ROOT, exclude: EXCLUDE }).toSorted()

const findUnit = (rooms: string): string[] =>
  find(`${rooms}/*.test.ts`).filter((file) => !file.endsWith('.int.test.ts'))

type Part = { readonly name: string; readonly args: readonly string[] }

const RUNNER = ['--test', '--test-reporter=spec', '--test-timeout=240000']
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs')

/** The parts of a kind run at the same time. */
const PARTS: Record<Kind, () => readonly Part[]> = {
  unit: () => [
    { name: 'unit tests', args: [...RUNNER, '--test-isolation=none', 'rooms.test.ts', ...findUnit(QUICK)] },
    { name: 'unit tests that wait', args: [...RUNNER, '--test-concurrency=2', ...findUnit(WAITING)] },
    { name: 'ui unit tests', args: [VITEST, 'run', '--no-isolate', '--root', 'ui'] },
  ],
  int: () => [
    { name: 'int tests', args: [...RUNNER, '--test-concurrency=4', ...find(`${ROOMS}/*.int.test.ts`)] },
  ],
  e2e: () => [
    { name: 'e2e tests', args: [...RUNNER, '--test-concurrency=1', ...find('e2e/**/*.e2e.test.ts')] },
  ],
}

/** Each file is a process, and most start others: what one has compiled the others need not. */
const COMPILED = { NODE_COMPILE_CACHE: join(CACHE, 'compiled') }

type Environment = Readonly<Record<string, string>>

/** Runs it; what it says is shown as it comes, or at its end where others run beside it. */
async function run({ name, args }: Part, beside = false, environment: Environment = {}): Promise<boolean> {
  const said: Buffer[] = []
  const show = () => process.stdout.write(Buffer.concat([Buffer.from(`\n── ${name}\n`), ...said.splice(0)]))
  if (!beside) show()
  const env = { ...process.env, ...COMPILED, ...environment }
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] })
  child.stdout.on('data', (data: Buffer) => void (beside ? said.push(data) : process.stdout.write(data)))
  const [code] = await once(child, 'close')
  if (beside) show()
  return code === 0
}

async function runKind(kind: Kind): Promise<boolean> {
  const parts = PARTS[kind]()
  const server = kind === 'int' ? await startSharedPostgres() : undefined
  const passed = await Promise.all(parts.map((part) => run(part, parts.length > 1, server?.environment)))
  await server?.stop()
  return passed.every(Boolean)
}

const kinds = process.argv.slice(2).filter((kind): kind is Kind => kind in PARTS)
if (kinds.length === 0) throw new Error(`usage: test.ts ${Object.keys(PARTS).join('|')} …`)

const times: Times = {}
let passed = true
for (const kind of kinds) {
  const started = performance.now()
  passed = (await runKind(kind)) && passed
  times[kind] = Math.round(performance.now() - started)
}
mkdirSync(CACHE, { recursive: true })
writeFileSync(TIMES, JSON.stringify(times))
passed = (await run({ name: 'time budgets', args: [...RUNNER, 'tools/budget.test.ts'] })) && passed
process.exitCode = passed ? 0 : 1
