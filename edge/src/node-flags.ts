/**
 * Flags for the node that runs the agent's bundle; measured figures in docs. A young generation of 1 MiB instead of
 * 16 keeps garbage from becoming resident; the old generation's limit ends a leak long before the host notices.
 */
export const AGENT_NODE_FLAGS: readonly string[] = ['--max-semi-space-size=1', '--max-old-space-size=32']
