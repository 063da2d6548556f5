// Bundles the agent for a bare Node 24: `node edge/build.ts [--sourcemap]`. On Linux dist/agent.mjs is all it takes;
// what only other systems need lies in a file beside it, so that Linux hosts do not hold it in memory.

import { build, type BuildOptions, type Plugin } from 'esbuild'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const root = import.meta.dirname
const { version }: { version: string } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))

const common: BuildOptions = {
  bundle: true,
  minify: true,
  sourcemap: process.argv.includes('--sourcemap') ? 'linked' : false,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  legalComments: 'none',
  // CommonJS packages inside an ES module still call `require` for Node's own modules.
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  logLevel: 'warning',
}

const OTHER_SYSTEMS = 'systeminformation'

const besideTheAgent: Plugin = {
  name: 'beside-the-agent',
  setup(bundle) {
    bundle.onResolve({ filter: new RegExp(`^${OTHER_SYSTEMS}$`) }, () => ({
      path: `./${OTHER_SYSTEMS}.mjs`,
      external: true,
    }))
  },
}

await build({
  ...common,
  entryPoints: [join(root, 'src/main.ts')],
  outfile: join(root, 'dist/agent.mjs'),
  define: { 'process.env.SECUMON_AGENT_VERSION': JSON.stringify(version) },
  plugins: [besideTheAgent],
})
await build({
  ...common,
  // Its CommonJS exports by name, as `await import` expects them.
  stdin: {
    contents: `export { fsSize, mem, networkStats, osInfo, system } from '${OTHER_SYSTEMS}'`,
    resolveDir: root,
  },
  outfile: join(root, `dist/${OTHER_SYSTEMS}.mjs`),
})
