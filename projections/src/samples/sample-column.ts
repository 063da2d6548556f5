// One column of a sample: where its value lies in the message, whether that value can be stored, how it is written.

import { MAX_CUSTOM_VALUE } from '@secumon/contracts/custom-metrics'
import { isUlid } from '@secumon/contracts/ids'
import type { ColumnKind, RowWriter } from '@secumon/infra/database/row-writer'

/** Mounts, devices, interfaces, processes or elements of one observation at most. */
export const MAX_ELEMENTS = 2_000
const MAX_CHARACTERS = 1_024
const MAX_INTEGER = 2 ** 31 - 1
const MAX_REAL = 3.4e38
/** What is nearer to nothing is stored as nothing: the database refuses to divide it further. */
const LEAST_DOUBLE = 1e-140

export class InvalidSample extends Error {
  override readonly name = 'InvalidSample'
}

export type SampleColumn<Sample> = {
  readonly name: string
  readonly kind: ColumnKind
  /** Checks the column's values of all rows. @throws InvalidSample */
  readonly check: (sample: Sample, rows: number) => void
  /** Writes the value of one row. */
  readonly write: (writer: RowWriter, sample: Sample, row: number) => void
}

type Value<Sample, T> = (sample: Sample) => T | undefined

/** Columns of a sample that is one row. */
export const one = {
  real: <S>(name: string, value: Value<S, number>): SampleColumn<S> => ({
    name,
    kind: 'real',
    check: (sample) => requireSound(name, value(sample), isReal),
    write: (writer, sample) => writer.real(value(sample)),
  }),
  double: <S>(name: string, value: Value<S, number>): SampleColumn<S> => ({
    name,
    kind: 'double precision',
    check: (sample) => requireSound(name, value(sample), isDouble),
    write: (writer, sample) => writer.double(storable(value(sample))),
  }),
  integer: <S>(name: string, value: Value<S, number>): SampleColumn<S> => ({
    name,
    kind: 'integer',
    check: (sample) => requireSound(name, value(sample), isInteger),
    write: (writer, sample) => writer.integer(value(sample)),
  }),
  /** A bigint that comes as a double. */
  count: <S>(name: string, value: Value<S, number>): SampleColumn<S> => ({
    name,
    kind: 'bigint',
    check: (sample) => requireSound(name, value(sample), isCount),
    write: (writer, sample) => writer.bigint(rounded(value(sample))),
  }),
  reals: <S>(name: string, values: Value<S, readonly number[]>): SampleColumn<S> => ({
    name,
    kind: 'real[]',
    check: (sample) => requireAll(name, bounded(name, values(sample) ?? []), isReal),
    write: (writer, sample) => writer.realArray(values(sample) ?? []),
  }),
  texts: <S>(name: string, values: Value<S, readonly string[]>): SampleColumn<S> => ({
    name,
    kind: 'text[]',
    check: (sample) => requireAll(name, bounded(name, values(sample) ?? []), isText),
    write: (writer, sample) => writer.textArray(values(sample) ?? []),
  }),
}

type Values<Sample, T> = (sample: Sample) => readonly T[]

/** Columns of a sample that has a row for each of its names. No values at all are nulls. */
export const many = {
  real: <S>(name: string, values: Values<S, number>): SampleColumn<S> => ({
    name,
    kind: 'real',
    check: (sample, rows) => requireAll(name, complete(name, values(sample), rows), isReal),
    write: (writer, sample, row) => writer.real(values(sample)[row]),
  }),
  integer: <S>(name: string, values: Values<S, number>): SampleColumn<S> => ({
    name,
    kind: 'integer',
    check: (sample, rows) => requireAll(name, complete(name, values(sample), rows), isInteger),
    write: (writer, sample, row) => writer.integer(values(sample)[row]),
  }),
  count: <S>(name: string, values: Values<S, number>): SampleColumn<S> => ({
    name,
    kind: 'bigint',
    check: (sample, rows) => requireAll(name, complete(name, values(sample), rows), isCount),
    write: (writer, sample, row) => writer.bigint(rounded(values(sample)[row])),
  }),
  ulid: <S>(name: string, values: Values<S, string>): SampleColumn<S> => ({
    name,
    kind: 'text',
    check: (sample, rows) => requireAll(name, complete(name, values(sample), rows), isUlid),
    write: (writer, sample, row) => writer.text(values(sample)[row]),
  }),
  text: <S>(name: string, values: Values<S, string>): SampleColumn<S> => ({
    name,
    kind: 'text',
    check: (sample, rows) => requireAll(name, complete(name, values(sample), rows), isText),
    write: (writer, sample, row) => writer.text(values(sample)[row]),
  }),
}

const isReal = (value: number): boolean => Math.abs(value) <= MAX_REAL
const isInteger = (value: number): boolean => Number.isInteger(value) && Math.abs(value) <= MAX_INTEGER
const isCount = (value: number): boolean => Math.abs(value) <= Number.MAX_SAFE_INTEGER
const isText = (value: string): boolean => value.length <= MAX_CHARACTERS && !value.includes('\0')

// Of larger ones the database could not add the squares, and would refuse to roll up all that lies beside them.
const isDouble = (value: number): boolean => Math.abs(value) <= MAX_CUSTOM_VALUE

/** A double as it is stored. */
export const storable = (value: number | undefined): number | undefined =>
  value !== undefined && Math.abs(value) < LEAST_DOUBLE ? 0 : value

const rounded = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Math.round(value)

function requireSound<T extends number | string>(
  name: string,
  value: T | undefined,
  isSound: (value: T) => boolean,
) {
  if (value !== undefined && !isSound(value))
    throw new InvalidSample(`${name} cannot be ${String(value).slice(0, 40)}`)
}

function requireAll<T extends number | string>(
  name: string,
  values: readonly T[],
  isSound: (value: T) => boolean,
) {
  for (const value of values) requireSound(name, value, isSound)
}

function complete<T>(name: string, values: readonly T[], rows: number): readonly T[] {
  if (values.length !== rows && values.length !== 0)
    throw new InvalidSample(`${name} has ${values.length} values for ${rows} rows`)
  return values
}

function bounded<T>(name: string, values: readonly T[]): readonly T[] {
  if (values.length > MAX_ELEMENTS) throw new InvalidSample(`${name} has ${values.length} values`)
  return values
}
