// Protobuf's varints where a BinaryWriter would cost more than what it writes: straight into bytes of known length.

/** Bytes of a varint. @param value a safe integer, not negative */
export function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++
  return bytes
}

/** Writes a varint and returns the offset behind it. @param value a safe integer, not negative */
export function writeVarint(into: Uint8Array, at: number, value: number): number {
  let rest = value
  let next = at
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) into[next++] = (rest % 0x80) | 0x80
  into[next++] = rest
  return next
}
