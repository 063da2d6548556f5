// Everything that can be known without running the product: format, lint, types, rooms, protobuf.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const BIN = join(ROOT, 'node_modules', '.bin')
const env = { ...process.env, PATH: [BIN, process.env['PATH']].join(delimiter) }

type Step = { readonly name: string; readonly run: () => string | undefined }

const command = (name: string, program: string, args: readonly string[], cwd = ROOT): Step => ({
  name,
  run: () => {
    const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, env, encoding: 'utf8' })
    return status === 0 ? undefined : `${stdout}${stderr}${error?.message ?? ''}`
  },
})

const contracts = join(ROOT, 'contracts')

const generatedIsCurrent: Step = {
  name: 'generated code',
  run: () => {
    const copy = mkdtempSync(join(tmpdir(), 'secumon-generate-'))
    try {
      for (const part of ['proto', 'buf.yaml', 'buf.gen.yaml'])
        cpSync(join(contracts, part), join(copy, part), { recursive: true })
      const generated = command('', 'buf', ['generate'], copy).run()
      return generated ?? command('', 'diff', ['-r', join(copy, 'src/gen'), join(contracts, 'src/gen')]).run()
    } finally {
      rmSync(copy, { recursive: true })
    }
  },
}

const steps: Step[] = [
  command('format', 'prettier', ['--check', '--log-level=warn', '.']),
  command('lint', 'oxlint', ['--type-aware']),
  command('types', process.execPath, ['node_modules/@typescript/native/bin/tsc', '-p', '.']),
  command('svelte', 'svelte-check', ['--workspace', 'ui', '--threshold', 'warning']),
  command('rooms', process.execPath, ['--test', 'rooms.test.ts']),
  command('buf lint', 'buf', ['lint'], contracts),
  command(
    'buf breaking',
    'buf',
    ['breaking', '--against', `${join(ROOT, '.git')}#branch=main,subdir=contracts`],
    contracts,
  ),
  generatedIsCurrent,
]

let failed = 0
for (const step of steps) {
  const started = performance.now()
  const fault = step.run()
  const seconds = ((performance.now() - started) / 1_000).toFixed(1)
  process.stdout.write(`${fault === undefined ? '✔' : '✖'} ${step.name} ${seconds} s\n`)
  if (fault === undefined) continue
  failed++
  process.stdout.write(`${fault}\n`)
}
process.exitCode = failed > 0 ? 1 : 0
