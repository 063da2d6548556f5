// `npm run chaos -- [--seed S] [--faults N] [--agents A] [--only kind] [--except kind] [--plan]`: faults drawn from a seed strike a whole
// platform under load, and after each one the law is held: every observation that a spool had taken is there exactly once.
// The same seed and options draw the same faults.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { drawPlan } from './draw.ts'
import { describeFault, type Facility } from './fault.ts'
import { findFacilities } from './facilities.ts'
import { FAULTS } from './faults/table.ts'
import { runChaos } from './run.ts'
import { summary } from './summary.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    faults: { type: 'string', default: '20' },
    agents: { type: 'string', default: '50' },
    fleets: { type: 'string', default: '5' },
    only: { type: 'string', multiple: true },
    except: { type: 'string', multiple: true },
    brief: { type: 'boolean', default: false },
    plan: { type: 'boolean', default: false },
  },
})

const say = (line: string) => console.log(line)
const seed = Number(values.seed)
const cast = { agents: Number(values.agents), fleets: Number(values.fleets), isBrief: values.brief }
const isNamed = (name: string, parts: readonly string[] = []) => parts.some((part) => name.includes(part))
const wanted = FAULTS.filter(
  ({ name }) => (!values.only || isNamed(name, values.only)) && !isNamed(name, values.except),
)
const needed = [...new Set(wanted.flatMap(({ needs = [] }) => needs))]
const facilities = values.plan ? new Set<Facility>(needed) : await findFacilities(needed, say)
const kinds = wanted.filter(({ needs = [] }) => needs.every((need) => facilities.has(need)))
const plan = drawPlan({ seed, faults: Number(values.faults), kinds, ...cast })

const command = `npm run chaos -- ${options().join(' ')}`
say(command)
for (const fault of plan) say(describeFault(fault))
if (!values.plan) await run()

async function run(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'secumon-chaos-'))
  say(`\n${directory}`)
  const started = performance.now()
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => stopping.abort(new Error(`stopped by ${signal}`)))
  try {
    const options = {
      directory,
      seed,
      periodMs: 2_000,
      facilities,
      plan,
      say,
      signal: stopping.signal,
      ...cast,
    }
    const ended = await runChaos(options)
    say(summary(ended, (performance.now() - started) / 1_000))
    await rm(directory, { recursive: true })
  } catch (error) {
    console.error(error)
    console.error(`the directory is kept: ${directory}\nagain with: ${command}`)
    process.exitCode = 1
  }
}

/** What draws the same plan again. */
function options(): string[] {
  const given = Object.entries({ ...values, plan: undefined })
  return given.flatMap(([name, value]) => {
    if (typeof value === 'boolean' || value === undefined) return value ? [`--${name}`] : []
    return [value].flat().map((each) => `--${name} '${each}'`)
  })
}
