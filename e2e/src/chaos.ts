// `npm run chaos -- [--seed S] [--faults N] [--agents A]`: faults drawn from a seed strike a whole platform under load, and
// after each one every frame that a spool had taken must be in the tables exactly once. Prints the seed; the same seed draws
// the same faults.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createRandom } from '@secumon/edge/simulator/random'
import { assertEachFrameOnce } from './ledger.ts'
import { Platform } from './platform.ts'
import { StoryFleet } from './story-agents.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    faults: { type: 'string', default: '20' },
    agents: { type: 'string', default: '30' },
  },
})

const seed = Number(values.seed)
const random = createRandom(seed)
const pause = (leastMs: number, mostMs: number) => sleep(leastMs + random.next() * (mostMs - leastMs))

type Scene = { readonly platform: Platform; readonly fleet: StoryFleet }

const faults: Record<string, (scene: Scene) => Promise<void>> = {
  'ingest killed': async ({ platform }) => {
    await platform.end('ingest', 'SIGKILL')
    await pause(0, 4_000)
    await platform.run('ingest', ['ingest'])
  },
  'projector, archiver and API killed': async ({ platform }) => {
    await platform.end('core', 'SIGKILL')
    await pause(0, 4_000)
    await platform.run('core', ['projector', 'archiver', 'api'])
  },
  'agents killed': async ({ fleet }) => {
    await fleet.end('SIGKILL')
    await pause(0, 4_000)
    await fleet.start()
  },
  'nats-server stopped and started': ({ platform }) => platform.restartNats(() => pause(0, 4_000)),
  'ingest frozen': async ({ platform }) => {
    const { pid } = platform.role('ingest')
    process.kill(pid, 'SIGSTOP')
    await pause(5_000, 15_000)
    process.kill(pid, 'SIGCONT')
  },
  'nats-server frozen': async ({ platform }) => {
    const { pid } = platform.nats.child
    process.kill(pid, 'SIGSTOP')
    await pause(2_000, 10_000)
    process.kill(pid, 'SIGCONT')
  },
}

const directory = await mkdtemp(join(tmpdir(), 'secumon-chaos-'))
console.log(`seed ${seed}, ${values.faults} faults, ${values.agents} agents`)
const platform = await Platform.start({
  directory,
  volatile: true,
  environment: { SECUMON_LOG_LEVEL: 'error' },
})
try {
  await platform.runAll()
  const fleet = await StoryFleet.start(platform, Number(values.agents))
  await fleet.arriving()
  const names = Object.keys(faults)
  for (let i = 1; i <= Number(values.faults); i++) {
    const name = names[Math.floor(random.next() * names.length)] ?? ''
    const started = performance.now()
    await faults[name]?.({ platform, fleet })
    await fleet.arriving(120_000)
    const frames = await assertEachFrameOnce(platform, fleet.directory, 120_000)
    const seconds = ((performance.now() - started) / 1_000).toFixed(1)
    console.log(`${String(i).padStart(3)}  ${name}: ${frames} frames, each once, after ${seconds} s`)
  }
  await fleet.end('SIGTERM')
  console.log(`${values.faults} faults, 0 frames lost or doubled`)
} finally {
  await platform.stop()
  await rm(directory, { recursive: true })
}
