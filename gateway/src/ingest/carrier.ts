// The HTTP/2 stream under a session, as far as the session needs it.

/** What a session says to, and hears of, the stream that carries it. */
export type Carrier = {
  /** The agent has proved who it is. */
  opened(): void
  destroy(): void
  onClose(listener: () => void): void
}
