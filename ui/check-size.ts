// Holds the budget of the first page: initial JavaScript, gzipped. Run after the build; exits 1 when it is over.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const LIMIT_BYTES = 150 * 1024
const DIST = join(import.meta.dirname, 'dist')

type Chunk = { readonly file: string; readonly imports?: readonly string[]; readonly isEntry?: boolean }

const manifest = JSON.parse(readFileSync(join(DIST, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>

/** Files of the entry and of everything it imports at once. */
function initialFiles(): Set<string> {
  const files = new Set<string>(['theme.js'])
  const visit = (name: string): void => {
    const chunk = manifest[name]
    if (!chunk || files.has(chunk.file)) return
    files.add(chunk.file)
    for (const next of chunk.imports ?? []) visit(next)
  }
  for (const [name, chunk] of Object.entries(manifest)) if (chunk.isEntry) visit(name)
  return files
}

const sizes = [...initialFiles()].map((file) => ({
  file,
  bytes: gzipSync(readFileSync(join(DIST, file)), { level: 9 }).length,
}))
const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0)
for (const { file, bytes } of sizes)
  process.stdout.write(`${(bytes / 1024).toFixed(1).padStart(8)} kB  ${file}\n`)
process.stdout.write(
  `${(total / 1024).toFixed(1).padStart(8)} kB  initial JavaScript, gzipped (limit ${LIMIT_BYTES / 1024} kB)\n`,
)
if (total > LIMIT_BYTES) {
  process.stderr.write('The initial JavaScript is over its budget: load something later, or leave it out.\n')
  process.exitCode = 1
}
