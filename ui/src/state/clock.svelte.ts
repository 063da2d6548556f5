// The present second, for ages on screen. One timer for the page, stopped while nobody looks.

class Clock {
  #nowMs = $state(Date.now())

  constructor() {
    setInterval(() => {
      if (!document.hidden) this.#nowMs = Date.now()
    }, 1000)
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.#nowMs = Date.now()
    })
  }

  get nowMs(): number {
    return this.#nowMs
  }
}

export const clock = new Clock()
