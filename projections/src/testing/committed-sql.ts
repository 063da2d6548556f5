// Statements as the database gets them are committed beside the code that makes them: whoever reviews a change sees what
// will run. `node tools/sql.ts` writes the files anew.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
} from 'kysely'
import { readableSql } from './readable-sql.ts'

/** By the name of its file, without `.sql`. */
export type Statements = Readonly<Record<string, RawBuilder<unknown>>>

const compiler = new Kysely<unknown>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})

/** The texts of statements, laid out. */
export const textsOf = (statements: Statements): Record<string, string> =>
  Object.fromEntries(
    Object.entries(statements).map(([name, statement]) => [
      name,
      readableSql(statement.compile(compiler).sql),
    ]),
  )

const filesOf = (directory: string): string[] =>
  readdirSync(directory).filter((name) => name.endsWith('.sql'))

/** The texts that lie in a directory. */
export const committedTexts = (directory: string): Record<string, string> =>
  Object.fromEntries(
    filesOf(directory).map((name) => [basename(name, '.sql'), readFileSync(join(directory, name), 'utf8')]),
  )

/** Writes the files of a directory anew. */
export function writeSql(directory: string, statements: Statements): void {
  for (const name of filesOf(directory)) rmSync(join(directory, name))
  for (const [name, text] of Object.entries(textsOf(statements)))
    writeFileSync(join(directory, `${name}.sql`), text)
}
