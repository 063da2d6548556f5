// Changes to agents, through the API.

import { api } from '../lib/api.ts'
import type { AgentDetail, FleetAgent } from '../lib/api-types.ts'

const AT_ONCE = 6

/** @throws ApiFailure */
export const editAgent = (id: string, changes: { name?: string; tags?: string[] }): Promise<unknown> =>
  api(`/agents/${encodeURIComponent(id)}`, { method: 'PATCH', body: changes })

/** Adds one tag to each agent; those that have it are left alone. Counts outcomes rather than stopping at the first failure. */
export async function addTag(
  agents: readonly Pick<FleetAgent, 'id'>[],
  tag: string,
): Promise<{ done: number; failed: number }> {
  const queue = [...agents]
  let failed = 0
  const worker = async (): Promise<void> => {
    for (let agent = queue.pop(); agent; agent = queue.pop()) {
      await addTagTo(agent.id, tag).catch(() => (failed += 1))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return { done: agents.length - failed, failed }
}

// Its tags are asked for: those on screen may be old, and what is sent replaces them all.
async function addTagTo(id: string, tag: string): Promise<void> {
  const { agent } = await api<AgentDetail>(`/agents/${encodeURIComponent(id)}`)
  if (!agent.tags.includes(tag)) await editAgent(id, { tags: [...agent.tags, tag] })
}
