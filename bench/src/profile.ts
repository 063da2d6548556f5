// `node bench/src/profile.ts <file.cpuprofile> [rows]`: where a process spent its CPU, by function itself.

import { readFileSync } from 'node:fs'
import { printTable } from './table.ts'

type Profile = {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}
type CallFrame = { readonly functionName: string; readonly url: string; readonly lineNumber: number }

const [file = '', rows = '40'] = process.argv.slice(2)
const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8')) as Profile
const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
const spent = new Map<string, number>()
for (const [i, id] of samples.entries()) {
  const frame = frames.get(id)
  const place = frame?.url ? ` ${frame.url.split('/').slice(-3).join('/')}:${frame.lineNumber + 1}` : ''
  const name = `${frame?.functionName || '(anonymous)'}${place}`
  spent.set(name, (spent.get(name) ?? 0) + (timeDeltas[i] ?? 0))
}
const busy = [...spent].filter(([name]) => !name.startsWith('(idle)') && !name.startsWith('(program)'))
const total = busy.reduce((sum, [, us]) => sum + us, 0)
printTable(
  `${file}: ${(total / 1e6).toFixed(2)} s of JavaScript and native calls`,
  busy
    .toSorted((a, b) => b[1] - a[1])
    .slice(0, Number(rows))
    .map(([name, us]) => ({ name, 'self %': (us / total) * 100, ms: us / 1_000 })),
)
