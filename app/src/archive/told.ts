// What the archive itself throws, with the code that says whose fault it is.

import { Exit, exitCode } from '../exit.ts'

const CODES = {
  ArchiveDamaged: exitCode.data,
  S3Refused: exitCode.configuration,
  S3Unavailable: exitCode.unavailable,
}

/** @throws Exit */
export async function toldOfArchive(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause
    const code = Object.entries(CODES).find(([name]) => name === cause.name)?.[1]
    throw code === undefined ? cause : new Exit(code, cause.message, { cause })
  }
}
