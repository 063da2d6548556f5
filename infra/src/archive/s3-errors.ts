// What an S3-compatible store answers when it does not do what was asked, said so that a person knows what to mend.

/** Asking again changes nothing: a setting, a right or the bucket is wrong. The message says what to do. */
export class S3Refused extends Error {
  override readonly name = 'S3Refused'
  /** The store's own word for it, e.g. `SignatureDoesNotMatch`. */
  readonly code: string
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The store did not answer, or not well, however often it was asked. It may do so later. */
export class S3Unavailable extends Error {
  override readonly name = 'S3Unavailable'
}

/** The store has nothing of that name; with the code that a missing file has, so that readers know both by it. */
export class NotInS3 extends Error {
  override readonly name = 'NotInS3'
  readonly code = 'ENOENT'
}

export type StoreAnswer = { readonly status: number; readonly code: string; readonly message: string }

const KEYS = 'check SECUMON_ARCHIVE_S3_ACCESS_KEY and SECUMON_ARCHIVE_S3_SECRET_KEY'
const REGION = 'set SECUMON_ARCHIVE_S3_REGION to the region of the bucket'

/** What to do, by the code of the answer (Amazon S3 API reference, "Error responses"). */
const advice: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: `it does not know this access key; ${KEYS}`,
  SignatureDoesNotMatch: `the secret key does not belong to the access key; ${KEYS}`,
  AccessDenied: 'these keys may not do this: they need to list, get, put and delete objects of the bucket',
  RequestTimeTooSkewed: 'the clock of this machine is wrong by more than a few minutes; set it',
  NoSuchBucket: 'there is no such bucket; make it, or set SECUMON_ARCHIVE_S3_BUCKET',
  PermanentRedirect: `the bucket is elsewhere; ${REGION}, and SECUMON_ARCHIVE_S3_URL to its endpoint`,
  AuthorizationHeaderMalformed: `the region is another one; ${REGION}`,
}

// A HEAD request is answered without a body, so that only the status is known.
const byStatus: Readonly<Record<number, string>> = {
  301: 'PermanentRedirect',
  307: 'PermanentRedirect',
  403: 'AccessDenied',
}

/** Codes that mean "again" although their status does not. */
const again = new Set([
  'RequestTimeout',
  'OperationAborted',
  'BadDigest',
  'XAmzContentSHA256Mismatch',
  'IncompleteBody',
])

export const isWorthAnotherTry = ({ status, code }: StoreAnswer): boolean =>
  status >= 500 || status === 429 || status === 408 || again.has(code)

/** The error for an answer that will not change. */
export function refusal(answer: StoreAnswer, what: string): S3Refused | NotInS3 {
  const code = answer.code === '' ? (byStatus[answer.status] ?? `HTTP ${answer.status}`) : answer.code
  if (answer.status === 404 && code !== 'NoSuchBucket') return new NotInS3(`${what}: it is not there`)
  const detail = advice[code] ?? answer.message
  return new S3Refused(code, `${what}: the S3 store refuses (${code}): ${detail}`)
}
