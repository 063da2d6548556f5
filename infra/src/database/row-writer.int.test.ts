import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import fc from 'fast-check'
import { sql } from 'kysely'
import { pino } from 'pino'
import { testPostgres } from '../testing/servers.ts'
import { copyRows } from './copy-rows.ts'
import { closeDatabase, openDatabase, untyped } from './database.ts'
import type { RowShape, RowWriter, WriteRows } from './row-writer.ts'
import { unnestRows } from './unnest-rows.ts'

after(() => closeDatabase(db))
const { url } = await testPostgres({ after })
const db = openDatabase({ url, poolSize: 2, applicationName: 'test', logger: pino({ level: 'silent' }) })

const SHAPE: RowShape = {
  table: 'all_kinds',
  columns: [
    { name: 'a_text', kind: 'text' },
    { name: 'a_uuid', kind: 'uuid' },
    { name: 'a_time', kind: 'timestamptz' },
    { name: 'a_boolean', kind: 'boolean' },
    { name: 'an_integer', kind: 'integer' },
    { name: 'a_bigint', kind: 'bigint' },
    { name: 'a_real', kind: 'real' },
    { name: 'a_double', kind: 'double precision' },
    { name: 'reals', kind: 'real[]' },
    { name: 'texts', kind: 'text[]' },
  ],
}

type Row = {
  a_text: string | null
  a_uuid: string
  a_time: number
  a_boolean: boolean
  an_integer: number | null
  a_bigint: number | null
  a_real: number | null
  a_double: number | null
  reals: number[] | null
  texts: string[] | null
}

const columns = SHAPE.columns.map(({ name, kind }) => sql`${sql.ref(name)} ${sql.raw(kind)}`)
await sql`create table public.all_kinds (${sql.join(columns)}, n serial)`.execute(db)

function put(writer: RowWriter, row: Row): void {
  writer.row()
  writer.text(row.a_text ?? undefined)
  writer.uuid(Buffer.from(row.a_uuid.replaceAll('-', ''), 'hex'))
  writer.timestamptz(row.a_time)
  writer.boolean(row.a_boolean)
  writer.integer(row.an_integer ?? undefined)
  writer.bigint(row.a_bigint ?? undefined)
  writer.real(row.a_real ?? undefined)
  writer.double(row.a_double ?? undefined)
  writer.realArray(row.reals ?? [])
  writer.textArray(row.texts ?? [])
}

const readBack = async (): Promise<Row[]> =>
  (
    await sql<Row>`select a_text, a_uuid, a_time, a_boolean, an_integer, a_bigint, a_real, a_double, reals, texts
      from public.all_kinds order by n`.execute(db)
  ).rows

const nullable = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(values)
const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((value) => !value.includes('\0'))
const finite = { noNaN: true, noDefaultInfinity: true }
const reals = fc.float(finite).map((value) => value + 0 || 0)
// PostgreSQL reads the text of a subnormal as out of range.
const doubles = fc.double(finite).map((value) => (Math.abs(value) < 1e-300 ? 0 : value))
const rows: fc.Arbitrary<Row> = fc.record({
  a_text: nullable(text),
  a_uuid: fc.uuid(),
  a_time: fc.integer({ min: Date.UTC(1971), max: Date.UTC(2200) }),
  a_boolean: fc.boolean(),
  an_integer: nullable(fc.integer()),
  a_bigint: nullable(fc.maxSafeInteger()),
  a_real: nullable(reals.map((value) => (Math.abs(value) < 1e-37 ? 0 : value))),
  a_double: nullable(doubles),
  reals: nullable(
    fc.array(
      reals.map((value) => (Math.abs(value) < 1e-37 ? 0 : value)),
      { minLength: 1, maxLength: 9 },
    ),
  ),
  texts: nullable(fc.array(text, { minLength: 1, maxLength: 5 })),
})

const WRITERS: readonly (readonly [string, WriteRows])[] = [
  ['binary COPY', copyRows],
  ['INSERT FROM unnest', unnestRows],
]

for (const [name, makeWriter] of WRITERS)
  describe(name, () => {
    test('what is written is read back', async () => {
      const writer = makeWriter(SHAPE)
      const property = fc.asyncProperty(fc.array(rows, { maxLength: 30 }), async (written) => {
        await sql`truncate public.all_kinds`.execute(db)
        for (const row of written) put(writer, row)
        assert.equal(writer.rowCount, written.length)
        await writer.write(untyped(db), 'public')
        const read = await readBack()
        assert.deepEqual(read.map(asReals), written.map(asReals))
      })
      await fc.assert(property, { numRuns: 60 })
    })

    test('rows of a transaction that is rolled back are gone, and the connection lives on', async () => {
      await sql`truncate public.all_kinds`.execute(db)
      const writer = makeWriter(SHAPE)
      const attempt = untyped(db)
        .transaction()
        .execute(async (tx) => {
          put(writer, ROW)
          await writer.write(tx, 'public')
          throw new Error('stop')
        })
      await assert.rejects(attempt, /stop/)
      assert.deepEqual(await readBack(), [])
    })

    test('a value that the database refuses rejects with its SQLSTATE, and the writer can be used again', async () => {
      await sql`truncate public.all_kinds`.execute(db)
      const writer = makeWriter(SHAPE)
      put(writer, { ...ROW, a_text: 'nul \0 byte' })
      await assert.rejects(
        writer.write(untyped(db), 'public'),
        (error: { code?: string }) => error.code === '22021',
      )
      writer.clear()
      put(writer, ROW)
      await writer.write(untyped(db), 'public')
      assert.equal((await readBack()).length, 1)
    })

    test('many rows in one go', async () => {
      await sql`truncate public.all_kinds`.execute(db)
      const writer = makeWriter(SHAPE)
      for (let i = 0; i < 20_000; i++) put(writer, { ...ROW, an_integer: i })
      await writer.write(untyped(db), 'public')
      const sum = await sql<{ sum: number }>`select sum(an_integer) from public.all_kinds`.execute(db)
      assert.equal(sum.rows[0]?.sum, 199_990_000)
    })
  })

const ROW: Row = {
  a_text: 'x',
  a_uuid: '00000000-0000-0000-0000-000000000001',
  a_time: 1_700_000_000_123,
  a_boolean: true,
  an_integer: 1,
  a_bigint: -1,
  a_real: 0.5,
  a_double: 0.1,
  reals: [1.5],
  texts: ['"quoted"\\', 'NULL'],
}

const asReals = (row: Row): Row => ({
  ...row,
  a_real: row.a_real === null ? null : Math.fround(row.a_real),
  reals: row.reals?.map(Math.fround) ?? null,
})
