// What the spool of lane `logs` keeps beside each frame: where every source stood behind the frame's last line, and what
// was lost before that and is not said in any frame.

export type LogsNote = {
  readonly savedAtMs: number | undefined
  /** By source. */
  readonly positions: ReadonlyMap<string, unknown>
  /** As the ledger of losses has it. */
  readonly unsaid: unknown
}

export const encodeNote = ({ savedAtMs, positions, unsaid }: LogsNote): Uint8Array =>
  Buffer.from(JSON.stringify({ at: savedAtMs, sources: Object.fromEntries(positions), unsaid }))

/** What `encodeNote` made; of anything else nothing is known. */
export function decodeNote(bytes: Uint8Array | undefined): LogsNote {
  const { at, sources, unsaid } = fields(bytes && parsed(bytes))
  return {
    savedAtMs: typeof at === 'number' ? at : undefined,
    positions: new Map(Object.entries(fields(sources))),
    unsaid,
  }
}

const fields = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return undefined
  }
}
