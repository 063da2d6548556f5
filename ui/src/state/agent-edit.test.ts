import { afterEach, describe, expect, it, vi } from 'vitest'
import { addTag } from './agent-edit.ts'

/** A server with these agents; what it is told to refuse fails. */
function serve(agents: Record<string, string[]>, refused: string[] = []): string[] {
  const changed: string[] = []
  vi.stubGlobal('fetch', async (url: string, { method, body }: { method: string; body?: string }) => {
    const id = url.split('/').at(-1) ?? ''
    if (refused.includes(id)) return Response.json({ error: 'no', code: 503 }, { status: 503 })
    if (method === 'PATCH') {
      changed.push(id)
      agents[id] = JSON.parse(body ?? '{}').tags
    }
    return Response.json({ agent: { id, tags: agents[id] } })
  })
  return changed
}

afterEach(() => vi.unstubAllGlobals())

describe('tagging many', () => {
  it('keeps the tags an agent has by now, whatever was on screen', async () => {
    const agents = { a: ['web'], b: ['db', 'eu'] }
    serve(agents)
    expect(await addTag([{ id: 'a' }, { id: 'b' }], 'eu')).toEqual({ done: 2, failed: 0 })
    expect(agents).toEqual({ a: ['web', 'eu'], b: ['db', 'eu'] })
    await addTag([{ id: 'a' }], 'night')
    expect(agents.a).toEqual(['web', 'eu', 'night'])
  })
  it('leaves alone those that have it', async () => {
    const changed = serve({ a: ['eu'], b: [] })
    await addTag([{ id: 'a' }, { id: 'b' }], 'eu')
    expect(changed).toEqual(['b'])
  })
  it('counts failures and goes on', async () => {
    const agents = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`n${i}`, [] as string[]]))
    serve(agents, ['n3', 'n7'])
    const ids = Object.keys(agents).map((id) => ({ id }))
    expect(await addTag(ids, 'eu')).toEqual({ done: 18, failed: 2 })
  })
})
