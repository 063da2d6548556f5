/** Version of the agent; the build puts the package's in. */
export const AGENT_VERSION: string = process.env.SECUMON_AGENT_VERSION ?? '0.1.0'
