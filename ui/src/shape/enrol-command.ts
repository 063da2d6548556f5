// The command that enrols the server it is typed on.

/** @param origin where this page came from, which is where the agent enrols */
export const enrolCommand = (origin: string): string => `secumon agent --url ${origin} --token TOKEN`
