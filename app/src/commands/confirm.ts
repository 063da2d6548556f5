// Asks for a name once more before something that cannot be undone.

import { createInterface } from 'node:readline/promises'

/** True when the name was given again: by the option, else on the terminal (or whatever standard input is). */
export async function confirmed(name: string, given: unknown): Promise<boolean> {
  if (given !== undefined) return given === name
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  const ended = new Promise<string>((resolve) =>
    lines.once('close', () => {
      process.stdout.write('\n')
      resolve('')
    }),
  )
  try {
    return (await Promise.race([lines.question(`\nType ${name} to go on: `), ended])).trim() === name
  } finally {
    lines.close()
  }
}
