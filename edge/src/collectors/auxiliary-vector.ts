// Two constants of this kernel that Node does not tell: bytes per page and clock ticks per second.
// Source: getauxval(3); AT_PAGESZ = 6, AT_CLKTCK = 17, in words of the process.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const PAGE_SIZE = 6
const CLOCK_TICKS = 17
const NARROW: ReadonlySet<string> = new Set(['arm', 'ia32', 'mips', 'mipsel', 'ppc'])

export type KernelConstants = { readonly pageBytes: number; readonly ticksPerSecond: number }

/** Reads /proc/self/auxv; 4,096 and 100 where it is missing. */
export function readAuxiliaryVector(proc: string): KernelConstants {
  const path = join(proc, 'self/auxv')
  const entries = existsSync(path) ? parseEntries(readFileSync(path)) : new Map<number, number>()
  return { pageBytes: entries.get(PAGE_SIZE) ?? 4096, ticksPerSecond: entries.get(CLOCK_TICKS) ?? 100 }
}

function parseEntries(bytes: Buffer): Map<number, number> {
  const wordBytes = NARROW.has(process.arch) ? 4 : 8
  const word = (at: number) => (wordBytes === 4 ? bytes.readUInt32LE(at) : Number(bytes.readBigUInt64LE(at)))
  const entries = new Map<number, number>()
  for (let at = 0; at + 2 * wordBytes <= bytes.length; at += 2 * wordBytes)
    entries.set(word(at), word(at + wordBytes))
  return entries
}
