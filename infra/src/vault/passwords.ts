// Passwords as argon2id, off the event loop, in PHC strings: $argon2id$v=19$m=…,t=…,p=…$salt$hash (RFC 9106).

import { argon2, randomBytes, timingSafeEqual, type Argon2Parameters } from 'node:crypto'

// OWASP's first choice for argon2id: 19 MiB, two passes, one lane; about 35 ms.
const COST = { memory: 19_456, passes: 2, parallelism: 1 }
const HASH_BYTES = 32
const SALT_BYTES = 16
const PHC =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/
// Each takes a thread of a pool of four that signature checks also need.
const MAX_AT_ONCE = 2
const MAX_WAITING = 64

export const MIN_PASSWORD_LENGTH = 8
export const MAX_PASSWORD_LENGTH = 1024

/** More logins are under way than the machine should work on. */
export class TooManyLogins extends Error {
  override readonly name = 'TooManyLogins'
}

let running = 0
const waiting: (() => void)[] = []

/** Hashes a password for storage. @throws RangeError when it is shorter than 8 or longer than 1024 characters */
export async function hashPassword(password: string): Promise<string> {
  if (password.length < MIN_PASSWORD_LENGTH || password.length > MAX_PASSWORD_LENGTH)
    throw new RangeError(`a password has ${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} characters`)
  const salt = randomBytes(SALT_BYTES)
  const hash = await derive({ ...COST, message: normal(password), nonce: salt, tagLength: HASH_BYTES })
  const cost = `m=${COST.memory},t=${COST.passes},p=${COST.parallelism}`
  return `$argon2id$v=19$${cost}$${unpadded(salt)}$${unpadded(hash)}`
}

// Of a password nobody knows: what an unknown user's password is compared with, so that the time tells nothing.
let decoy: Promise<string> | undefined

/**
 * True when the password has that hash. Without a hash (no such user) it works as long and says false.
 * @throws TooManyLogins when 64 others wait already
 */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  if (stored === undefined) decoy ??= hashPassword(randomBytes(24).toString('base64'))
  const match = PHC.exec(stored ?? (await decoy) ?? '')
  if (!match) return false
  const [, memory, passes, parallelism, salt = '', hash = ''] = match
  const expected = Buffer.from(hash, 'base64')
  const actual = await derive({
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    message: normal(password),
    nonce: Buffer.from(salt, 'base64'),
    tagLength: expected.length,
  })
  return timingSafeEqual(actual, expected) && stored !== undefined
}

async function derive(parameters: Argon2Parameters): Promise<Buffer> {
  await turn()
  try {
    return await new Promise((resolve, reject) => {
      argon2('argon2id', parameters, (error, key) => (error ? reject(error) : resolve(key)))
    })
  } finally {
    const next = waiting.shift()
    if (next) next()
    else running--
  }
}

async function turn(): Promise<void> {
  if (running < MAX_AT_ONCE) {
    running++
    return
  }
  if (waiting.length >= MAX_WAITING) throw new TooManyLogins('too many logins at once')
  await new Promise<void>((resolve) => waiting.push(resolve))
}

// The same characters typed on another keyboard.
const normal = (password: string): Buffer => Buffer.from(password.normalize('NFKC'))
const unpadded = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '')
