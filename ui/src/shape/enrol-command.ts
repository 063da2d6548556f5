// The commands that bring a server into the fleet.

/** Prints a token; typed where SecuMon runs. */
export const TOKEN_COMMAND = 'secumon token create'

/**
 * Enrols the server it is typed on. The token goes by the environment: anybody on that server may read a command line.
 * @param origin where this page came from, which is where agents enrol
 */
export const enrolCommand = (origin: string): string =>
  `SECUMON_ENROLMENT_TOKEN=TOKEN secumon agent --api-url ${origin}`
