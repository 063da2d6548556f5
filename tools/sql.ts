// Writes the committed statements anew: of each folder `sql` with a list of them.

import { globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { writeSql, type Statements } from '../projections/src/testing/committed-sql.ts'

const ROOT = join(import.meta.dirname, '..')

for (const file of globSync('projections/src/**/sql/statements.ts', { cwd: ROOT })) {
  const list = (await import(pathToFileURL(join(ROOT, file)).href)) as { readonly STATEMENTS: Statements }
  writeSql(join(ROOT, dirname(file)), list.STATEMENTS)
}
