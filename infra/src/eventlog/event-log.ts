// What the rest of the system knows of the log. Only this room knows that it is NATS.

/** A message as the log stores it. */
export type LogMessage = {
  readonly stream: string
  /** Position in the stream, from 1. A restored log reuses it: a place to resume, never evidence. */
  readonly position: number
  readonly subject: string
  readonly payload: Uint8Array
  header(name: string): string | undefined
  /** SHA-256 over header bytes and payload: what a checkpoint remembers of it. */
  hash(): Uint8Array
}

export type AppendOutcome =
  | {
      readonly outcome: 'appended'
      readonly position: number
      /** A message with this message id was there already, at `position`; nothing was stored now. */
      readonly duplicate?: boolean
    }
  /** Another message is the subject's last; read it before trying again. */
  | {
      readonly outcome: 'conflict'
      /** Where the server says that the subject ends, when it says so. */
      readonly last?: number
    }
  /** The log is full, unreachable, slow or not reconciled: nothing is known to be stored. */
  | { readonly outcome: 'unavailable'; readonly reason: string }

export type AppendOptions = {
  /** The subject's last position; 0 for none. Absent: no fencing. */
  readonly expectedLast?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Nats-Msg-Id. */
  readonly messageId?: string
}

export type StreamBounds = {
  /** First and last position held; last = first − 1 when empty. */
  readonly first: number
  readonly last: number
  readonly messages: number
  readonly bytes: number
  readonly maxBytes: number
}

export type ConsumeOptions = {
  /** First position wanted; consumption starts at the next one still held. */
  readonly start: number
  /** Ends the iteration, normally. */
  readonly signal: AbortSignal
  /** The connection under which `start` was found: behind another one the log may have gone back in time. */
  readonly connectionNumber?: number
  /** At most one filter; none is far cheaper. */
  readonly subject?: string
  /** Messages buffered ahead of the reader; up to twice as many where a request is replaced before its time. */
  readonly maxMessages?: number
}

export type QuestionHandler = (question: Uint8Array) => Promise<Uint8Array | undefined>

/** Why the log does not take appends now; undefined when it does. */
export type LogTrouble = 'disconnected' | 'not_reconciled' | 'full' | 'slow' | undefined

export type EventLog = {
  readonly trouble: LogTrouble
  /** Why one stream does not take appends now: that another is full is none of its own. */
  troubleOf(stream: string): LogTrouble
  /** True while further appends would have to wait for those under way: stop reading what would cause them. */
  readonly windowFull?: boolean
  /** Largest payload the server takes, bytes. */
  readonly maxPayloadBytes: number
  /** Changes with every (re)connection: what was accepted before may be gone. */
  readonly connectionNumber: number
  /** Calls back on every change of trouble or connection. Returns the unsubscribe. */
  onChange(listener: () => void): () => void
  lastMessage(stream: string, subject: string): Promise<LogMessage | undefined>
  messageAt(stream: string, position: number): Promise<LogMessage | undefined>
  append(subject: string, payload: Uint8Array, options?: AppendOptions): Promise<AppendOutcome>
  /**
   * Messages in order from `start`, in arrays of what has arrived (1 – maxMessages); waits when there are none.
   * Ends when the signal aborts; throws `LogDisconnected` when the connection is lost, so that the reader re-reads its
   * checkpoint before it goes on.
   */
  consume(stream: string, options: ConsumeOptions): AsyncIterable<readonly LogMessage[]>
  bounds(stream: string): Promise<StreamBounds>
  /** Core NATS, not stored, nobody need listen. */
  publishLive(subject: string, payload: Uint8Array): void
  subscribeLive(subject: string, listener: (payload: Uint8Array, subject: string) => void): () => void
  /** Core NATS: the first answer to a question. Undefined when nobody gives one within the time. Never rejects. */
  ask(subject: string, question: Uint8Array, timeoutMs: number): Promise<Uint8Array | undefined>
  /**
   * Answers what is asked on the subject, through every reconnect. Undefined: it says nothing, and so when the handler
   * fails, which is its own to tell. Returns the unsubscribe.
   */
  answer(subject: string, handler: QuestionHandler): () => void
  /** Flushes what was accepted and closes. */
  close(): Promise<void>
}

export class LogDisconnected extends Error {
  override readonly name = 'LogDisconnected'
}
