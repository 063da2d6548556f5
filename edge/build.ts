// Bundles the agent into one file that runs on a bare Node 24: `node edge/build.ts [--sourcemap]`.

import { build } from 'esbuild'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const root = import.meta.dirname
const { version }: { version: string } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))

await build({
  entryPoints: [join(root, 'src/main.ts')],
  outfile: join(root, 'dist/agent.mjs'),
  bundle: true,
  minify: true,
  sourcemap: process.argv.includes('--sourcemap') ? 'linked' : false,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  legalComments: 'none',
  define: { 'process.env.SECUMON_AGENT_VERSION': JSON.stringify(version) },
  // CommonJS packages inside an ES module still call `require` for Node's own modules.
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  logLevel: 'warning',
})
