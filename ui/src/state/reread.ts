// Reads again what live events say has changed.

import { live, type LiveEvents } from './live-feed.svelte.ts'

/** Several changes within this time are one. */
const GATHER_MS = 300

type Kind = keyof LiveEvents
/** By kind of event: true where each one concerns what is shown, or which do. */
export type Concerns = { readonly [K in Kind]?: true | ((body: LiveEvents[K]) => boolean) }

/** Calls `read` a moment after an event that concerns it, and after anything may have been missed; the answer ends it. */
export function rereadOn(concerns: Concerns, read: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const soon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined
      read()
    }, GATHER_MS)
  }
  const listen = <K extends Kind>(kind: K, is: Concerns[K]): (() => void) =>
    live.on(kind, (body) => (is === true || is?.(body)) && soon())
  const kinds: readonly Kind[] = ['alerts', 'incidents', 'notifications']
  const ends = kinds.flatMap((kind) => (concerns[kind] ? [listen(kind, concerns[kind])] : []))
  ends.push(live.onCatchUp(read))
  return () => {
    clearTimeout(timer)
    for (const end of ends) end()
  }
}
