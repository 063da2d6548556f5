// What lies sealed in a backup: a line of JSON for each row of the vault and each file.

import type { DumpedRow } from './vault-dump.ts'

/** A file that is no part of the database: the configuration, the master key of an all-in-one. */
export type KeptFile = {
  readonly name: 'configuration' | 'master key'
  /** Where it was. */
  readonly path: string
  readonly content: string
}

export type VaultFile = { readonly rows: readonly DumpedRow[]; readonly files: readonly KeptFile[] }

export const encodeVault = ({ rows, files }: VaultFile): Buffer =>
  Buffer.from([...files, ...rows].map((line) => `${JSON.stringify(line)}\n`).join(''))

/** @throws SyntaxError when it is not what was encoded */
export function decodeVault(bytes: Buffer): VaultFile {
  const lines = bytes.toString().split('\n').slice(0, -1)
  const parsed = lines.map((line) => JSON.parse(line) as DumpedRow | KeptFile)
  return {
    rows: parsed.filter((line): line is DumpedRow => 'table' in line),
    files: parsed.filter((line): line is KeptFile => 'content' in line),
  }
}
