// When a line was written, by its own word: RFC 3339 and its looser kin, syslog, seconds since 1970. Times without a zone
// are the host's. What is older than 2000 or ahead of the clock by a day is a number that only looks like a time.

const MIN_MS = Date.UTC(2000)
const DAY_MS = 86_400_000
const LOOKED_AT = 64

const ISO =
  /(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?: ?(Z|[+-]\d\d:?\d\d)(?![\d:]))?/
const SYSLOG =
  /^(?:<\d{1,3}>)?(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)(?= )/
const CLF =
  /\[(\d\d)\/(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d{4})\]/
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Of a line of text, milliseconds since 1970 UTC; undefined where it has none that is sound. */
export function timeOfText(text: string, nowMs: number): number | undefined {
  const beginning = text.length > LOOKED_AT ? text.slice(0, LOOKED_AT) : text
  const iso = ISO.exec(beginning)
  if (iso) return sound(ofIso(iso), nowMs)
  const syslog = SYSLOG.exec(beginning)
  if (syslog) return sound(ofSyslog(syslog, nowMs), nowMs)
  const clf = text.includes('[') ? CLF.exec(text.length > 256 ? text.slice(0, 256) : text) : null
  return clf ? sound(ofClf(clf), nowMs) : undefined
}

/** Of a value in a JSON line: text as above, or seconds, milliseconds, microseconds or nanoseconds since 1970. */
export function timeOfValue(value: unknown, nowMs: number): number | undefined {
  if (typeof value === 'string') return timeOfText(value, nowMs)
  if (typeof value !== 'number') return undefined
  for (const unit of [1, 1_000, 1e-3, 1e-6]) {
    const at = sound(Math.round(value * unit), nowMs)
    if (at !== undefined) return at
  }
  return undefined
}

const sound = (atMs: number, nowMs: number): number | undefined =>
  atMs >= MIN_MS && atMs <= nowMs + DAY_MS ? atMs : undefined

function ofIso([, year, month, day, hour, minute, second, fraction = '', zone]: RegExpExecArray): number {
  const ms = Number(fraction.slice(0, 3).padEnd(3, '0'))
  const parts = [
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    ms,
  ] as const
  return zone === undefined ? new Date(...parts).getTime() : Date.UTC(...parts) - offsetMs(zone)
}

function offsetMs(zone: string): number {
  if (zone === 'Z') return 0
  const digits = zone.replace(':', '')
  const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5))
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000
}

// It has no year: the latest one that does not lie ahead.
function ofSyslog([, month = '', day, hour, minute, second]: RegExpExecArray, nowMs: number): number {
  const year = new Date(nowMs).getFullYear()
  const inYear = (wanted: number): number =>
    new Date(
      wanted,
      MONTHS.indexOf(month),
      Number(day),
      Number(hour),
      Number(minute),
      Number(second),
    ).getTime()
  const atMs = inYear(year)
  return atMs > nowMs + DAY_MS ? inYear(year - 1) : atMs
}

function ofClf([, day, month = '', year, hour, minute, second, zone = '']: RegExpExecArray): number {
  const parts = [
    Number(year),
    MONTHS.indexOf(month),
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  ] as const
  return Date.UTC(...parts) - offsetMs(zone)
}
