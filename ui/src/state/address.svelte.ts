// The browser's address as state: path and query string in, one history entry out per deed of the user.

import { routeOf, type Route } from '../shape/routes.ts'

type Changes = Readonly<Record<string, string | undefined>>

class Address {
  #path = $state(location.pathname)
  #search = $state(location.search)
  readonly #parameters = $derived(new URLSearchParams(this.#search))
  readonly #route: Route = $derived(routeOf(this.#path))

  /** Asked before another screen is shown; false keeps this one. */
  #guard: ((href: string) => boolean) | undefined

  constructor() {
    addEventListener('popstate', () => this.#back())
    addEventListener('click', (event) => this.#follow(event))
  }

  get path(): string {
    return this.#path
  }
  get parameters(): URLSearchParams {
    return this.#parameters
  }
  get route(): Route {
    return this.#route
  }
  /** Path with query string, as a link holds it. */
  get href(): string {
    return this.#path + this.#search
  }

  get(name: string): string | undefined {
    return this.#parameters.get(name) ?? undefined
  }

  /** Has `mayGo` asked before the screen is left by any way but closing the window; the answer ends that. */
  guard(mayGo: (href: string) => boolean): () => void {
    this.#guard = mayGo
    return () => {
      if (this.#guard === mayGo) this.#guard = undefined
    }
  }

  /** Goes to an address of this app and puts the old one behind Back. */
  go(href: string): void {
    if (href === this.href || this.#guard?.(href) === false) return
    history.pushState(null, '', href)
    this.#read()
    scrollTo(0, 0)
  }

  /** Changes parameters of the address; undefined or empty removes one. `replace` makes no history entry. */
  set(changes: Changes, how: 'push' | 'replace' = 'push'): void {
    const href = this.with(changes)
    if (href === this.href) return
    if (how === 'push') history.pushState(null, '', href)
    else history.replaceState(null, '', href)
    this.#read()
  }

  /** The present address with some parameters changed. */
  with(changes: Changes): string {
    const search = new URLSearchParams(this.#search)
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined || value === '') search.delete(name)
      else search.set(name, value)
    }
    const text = search.toString()
    return this.#path + (text ? `?${text}` : '')
  }

  // The browser has gone already: it is brought back when the screen may not be left.
  #back(): void {
    const wanted = location.pathname + location.search
    if (location.pathname !== this.#path && this.#guard?.(wanted) === false)
      history.pushState(null, '', this.href)
    else this.#read()
  }

  #read(): void {
    this.#path = location.pathname
    this.#search = location.search
  }

  #follow(event: MouseEvent): void {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return
    if (link.pathname.startsWith('/api/')) return
    event.preventDefault()
    this.go(link.pathname + link.search)
  }
}

export const address = new Address()
