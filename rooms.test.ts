// Holds the arrows between the rooms (ARCHITECTURE.md). Change the matrix only with a decision record.

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join, relative, resolve } from 'node:path'
import { test } from 'node:test'

const ROOT = import.meta.dirname
const ALL = [
  'contracts',
  'domain',
  'infra',
  'migrations',
  'projections',
  'edge',
  'gateway',
  'ui',
  'app',
  'e2e',
  'bench',
]

const MAY_IMPORT: Record<string, readonly string[]> = {
  contracts: [],
  domain: ['contracts'],
  infra: ['contracts', 'domain', 'migrations'],
  migrations: [],
  projections: ['contracts', 'domain', 'infra', 'migrations'],
  edge: ['contracts'],
  gateway: ['contracts', 'domain', 'infra', 'projections'],
  ui: ['contracts', 'gateway'],
  app: ALL.filter((room) => !['ui', 'e2e', 'bench'].includes(room)),
  e2e: ALL,
  bench: ALL,
}

type Import = { readonly file: string; readonly specifier: string; readonly typeOnly: boolean }

const isTest = (file: string): boolean => /\.test\.ts$|\/testing\//.test(file)

function importsOf(room: string): Import[] {
  return globSync(`${room}/**/*.{ts,svelte}`, { cwd: ROOT, exclude: ['**/node_modules', '**/dist'] }).flatMap(
    (file) => {
      const text = readFileSync(join(ROOT, file), 'utf8')
      const found = text.matchAll(
        /^\s*(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?'([^']+)'|import\('([^']+)'\)/gm,
      )
      return [...found].map((match) => ({
        file,
        specifier: match[2] ?? match[3] ?? '',
        typeOnly: match[1] !== undefined,
      }))
    },
  )
}

const roomOf = (specifier: string): string | undefined => /^@secumon\/([^/]+)/.exec(specifier)?.[1]

function faultOf(room: string, { file, specifier, typeOnly }: Import): string | undefined {
  if (specifier.startsWith('.')) {
    const target = relative(join(ROOT, room), resolve(ROOT, file, '..', specifier))
    return target.startsWith('..') && !target.startsWith(join('..', 'package.json'))
      ? 'leaves its room'
      : undefined
  }
  const other = roomOf(specifier)
  if (other !== undefined && other !== room) {
    // A test may start real servers.
    if (isTest(file) && other === 'infra' && (room === 'migrations' || room === 'edge')) return undefined
    if (!MAY_IMPORT[room]?.includes(other)) return `${room} may not import ${other}`
    if (room === 'ui' && other === 'gateway' && !typeOnly) return 'ui takes only types from gateway'
    const queries = /^@secumon\/projections\/([^/]+\/queries(\/[^/]+)?|tenant-scope)$/
    if (room === 'gateway' && other === 'projections' && !queries.test(specifier) && !isTest(file))
      return 'gateway takes only queries from projections'
  }
  if (
    room === 'domain' &&
    !isTest(file) &&
    (specifier.startsWith('node:') || builtinModules.includes(specifier))
  )
    return 'domain is pure'
  if (
    specifier.startsWith('@nats-io/') &&
    !/^infra\/src\/(eventlog|embedded|testing)\//.test(file) &&
    !isTest(file)
  )
    return 'only infra/eventlog knows NATS'
  return undefined
}

for (const room of ALL)
  test(`${room} imports only what it may`, () => {
    const imports = importsOf(room)
    const faults = imports.flatMap((found) => {
      const fault = faultOf(room, found)
      return fault ? [`${found.file}: ${found.specifier}: ${fault}`] : []
    })
    assert.deepEqual(faults, [])
  })

test('what a room imports stands in its package.json', () => {
  const rootPackage = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest
  const faults = ALL.flatMap((room) => {
    const manifest = JSON.parse(readFileSync(join(ROOT, room, 'package.json'), 'utf8')) as Manifest
    const declared = new Set([manifest.name, ...namesIn(manifest), ...namesIn(rootPackage)])
    return importsOf(room)
      .map(({ file, specifier }) => ({ file, name: packageName(specifier) }))
      .filter(({ name }) => name !== undefined && !declared.has(name))
      .map(({ file, name }) => `${file}: ${name}`)
  })
  assert.deepEqual([...new Set(faults)], [])
})

type Manifest = {
  readonly name: string
  readonly dependencies?: Record<string, string>
  readonly devDependencies?: Record<string, string>
}

const namesIn = ({ dependencies = {}, devDependencies = {} }: Manifest): string[] => [
  ...Object.keys(dependencies),
  ...Object.keys(devDependencies),
]

function packageName(specifier: string): string | undefined {
  if (/^(\.|node:|virtual:)/.test(specifier) || builtinModules.includes(specifier)) return undefined
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

test('the matrix names every room there is', () => {
  const { workspaces } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    workspaces: string[]
  }
  assert.deepEqual(Object.keys(MAY_IMPORT).toSorted(), workspaces.toSorted())
})
