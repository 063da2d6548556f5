// Headers of log messages: what the gateway adds beside the verbatim frame.

/** Milliseconds since 1970, by the gateway's clock, when the record arrived. */
export const RECEIVED_AT = 'received-at'
/** Milliseconds by which the gateway's clock was ahead of the agent's when the frame was sealed. */
export const CLOCK_OFFSET = 'clock-offset'
