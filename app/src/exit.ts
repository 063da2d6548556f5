// How the program ends: the codes of sysexits.h, and an error that carries one.

/** Exit codes, by meaning; the same numbers as BSD's sysexits.h. */
export const exitCode = {
  ok: 0,
  usage: 64,
  data: 65,
  unavailable: 69,
  software: 70,
  temporary: 75,
  configuration: 78,
} as const

export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

/** Ends the program with this code; the message is for the person at the terminal and needs no stack. */
export class Exit extends Error {
  override readonly name = 'Exit'
  readonly code: ExitCode
  constructor(code: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
