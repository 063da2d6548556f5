// The commands that bring a server into the fleet.

/** Prints a token; typed where SecuMon runs. */
export const TOKEN_COMMAND = 'secumon token create'

/** Enrols the server it is typed on. @param origin where this page came from, which is where agents enrol */
export const enrolCommand = (origin: string): string =>
  `secumon agent --api-url ${origin} --enrolment-token TOKEN`
