// What state classes use of a browser, for tests in Node: a window, a document, storage, and a server that answers.

import { vi } from 'vitest'

export type Asked = { readonly path: string; readonly method: string; readonly body: unknown }

/** Stands in for the window; import state classes only after this. */
export function installBrowser(): void {
  const target = new EventTarget()
  const location = { pathname: '/', search: '', origin: 'http://localhost' }
  const document = Object.assign(new EventTarget(), {
    hidden: false,
    documentElement: { dataset: {}, lang: '' },
  })
  vi.stubGlobal('addEventListener', target.addEventListener.bind(target))
  vi.stubGlobal('document', document)
  vi.stubGlobal('location', location)
  vi.stubGlobal('navigator', { language: 'en' })
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined })
  vi.stubGlobal('matchMedia', () => Object.assign(new EventTarget(), { matches: false }))
}

/** Answers requests and keeps what was asked; an answer with `error` is a failure with its `code`. */
export function serve(answer: (asked: Asked) => unknown): Asked[] {
  const all: Asked[] = []
  vi.stubGlobal('fetch', async (url: string, { method, body }: { method: string; body?: string }) => {
    const asked = {
      path: url.replace('/api/v1', ''),
      method,
      body: body === undefined ? undefined : JSON.parse(body),
    }
    all.push(asked)
    const said = answer(asked)
    const failed = typeof said === 'object' && said !== null && 'code' in said ? Number(said.code) : 200
    return Response.json(said ?? null, { status: failed })
  })
  return all
}
