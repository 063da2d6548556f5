// A secret in a file that only we can read: made the first time, the same ever after.

import { link, open, readFile, rm } from 'node:fs/promises'

/** The content of the file; `make` gives it when there is none. */
export async function ownSecret(path: string, make: () => string | Promise<string>): Promise<string> {
  const known = await readFile(path, 'utf8').catch(() => '')
  if (known.trim() !== '') return known.trim()
  const unfinished = `${path}.${process.pid}`
  const file = await open(unfinished, 'w', 0o600)
  try {
    await file.writeFile(`${await make()}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  // An empty file is what a power cut left of the first attempt.
  await rm(path, { force: true })
  await link(unfinished, path)
  await rm(unfinished)
  return (await readFile(path, 'utf8')).trim()
}
