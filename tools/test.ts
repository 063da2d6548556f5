// Runs the kinds of tests named on the command line, each under the clock, then the test that holds their budgets.

import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CACHE, TIMES, type Kind, type Times } from './budget.ts'

const ROOT = join(import.meta.dirname, '..')
/** Its unit tests open files, sockets and whole agents, and wait for them: two at a time, each in a process. */
const WAITING = 'edge/**'
/** One process for all: starting one for each file would take four times as long as the tests do. */
const QUICK = '{contracts,domain,infra,migrations,projections,gateway,app,bench}/**'
const ROOMS = '{contracts,domain,infra,migrations,projections,edge,gateway,app,bench}/**'
const EXCLUDE = ['**/node_modules', '**/dist']

const FILES: Record<Kind, () => string[]> = {
  unit: () => findUnit(WAITING),
  int: () => find(`${ROOMS}/*.int.test.ts`),
  e2e: () => find('e2e/**/*.e2e.test.ts'),
}
const CONCURRENCY: Record<Kind, number> = { unit: 2, int: 2, e2e: 1 }

const find = (pattern: string): string[] => globSync(pattern, { cwd: ROOT, exclude: EXCLUDE }).toSorted()

const findUnit = (rooms: string): string[] =>
  find(`${rooms}/*.test.ts`).filter((file) => !file.endsWith('.int.test.ts'))

function run(name: string, args: readonly string[]): boolean {
  process.stdout.write(`\n── ${name}\n`)
  return spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' }).status === 0
}

function runKind(kind: Kind): boolean {
  const runner = ['--test', '--test-reporter=spec', '--test-timeout=240000']
  const concurrency = `--test-concurrency=${CONCURRENCY[kind]}`
  const passed = run(`${kind} tests`, [...runner, concurrency, ...FILES[kind]()])
  if (kind !== 'unit') return passed
  const quick = run('unit tests in one process', [
    ...runner,
    '--test-isolation=none',
    'rooms.test.ts',
    ...findUnit(QUICK),
  ])
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
  return run('ui unit tests', [vitest, 'run', '--root', 'ui']) && quick && passed
}

const kinds = process.argv.slice(2).filter((kind): kind is Kind => kind in FILES)
if (kinds.length === 0) throw new Error(`usage: test.ts ${Object.keys(FILES).join('|')} …`)

const times: Times = {}
let passed = true
for (const kind of kinds) {
  const started = performance.now()
  passed = runKind(kind) && passed
  times[kind] = Math.round(performance.now() - started)
}
mkdirSync(CACHE, { recursive: true })
writeFileSync(TIMES, JSON.stringify(times))
passed = run('time budgets', ['--test', '--test-reporter=spec', 'tools/budget.test.ts']) && passed
process.exitCode = passed ? 0 : 1
