// Identifiers: ULIDs in text, and the same 128 bits as a UUID where a database stores them.

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/

/** True for the canonical text of a ULID: 26 characters of Crockford base 32, upper case. */
export const isUlid = (text: string): boolean => ULID.test(text)

/**
 * Builds a ULID from a time and 10 random bytes (https://github.com/ulid/spec). The caller brings both, so
 * that pure code can use it.
 * @param atMs milliseconds since 1970, 0 – 2^48 − 1
 * @throws RangeError when the time or the randomness is out of range
 */
export function ulid(atMs: number, random: Uint8Array): string {
  if (!Number.isInteger(atMs) || atMs < 0 || atMs >= 2 ** 48)
    throw new RangeError(`ULID time out of range: ${atMs}`)
  if (random.length !== 10) throw new RangeError(`ULID needs 10 random bytes, got ${random.length}`)
  const time = BigInt(atMs) << 80n
  return encode(random.reduce((value, byte, i) => value | (BigInt(byte) << BigInt(8 * (9 - i))), time))
}

/**
 * The same 128 bits as lower-case UUID text, for PostgreSQL's 16-byte type.
 * @throws RangeError when the text is not a ULID
 */
export function ulidToUuid(text: string): string {
  if (!isUlid(text)) throw new RangeError(`not a ULID: ${text.slice(0, 40)}`)
  let value = 0n
  for (const character of text) value = (value << 5n) | BigInt(ALPHABET.indexOf(character))
  const hex = value.toString(16).padStart(32, '0')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/**
 * The ULID of a UUID's 128 bits.
 * @throws RangeError when the text is not a UUID
 */
export function uuidToUlid(text: string): string {
  const hex = text.replaceAll('-', '')
  if (!/^[0-9a-f]{32}$/i.test(hex)) throw new RangeError(`not a UUID: ${text.slice(0, 40)}`)
  return encode(BigInt(`0x${hex}`))
}

/**
 * The time in a ULID, milliseconds since 1970.
 * @throws RangeError when the text is not a ULID
 */
export const ulidTimeMs = (text: string): number =>
  Number.parseInt(ulidToUuid(text).replace('-', '').slice(0, 12), 16)

function encode(value: bigint): string {
  let text = ''
  for (let rest = value, i = 0; i < 26; i++, rest >>= 5n) text = ALPHABET.charAt(Number(rest & 31n)) + text
  return text
}
