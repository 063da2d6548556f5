// Hours of the week, as inputs of time hold them.

const MINUTES_OF_DAY = 1440

const two = (number: number): string => String(number).padStart(2, '0')

/** `08:30`; the end of the day is its beginning. */
export const minuteText = (minute: number): string =>
  `${two(Math.floor((minute % MINUTES_OF_DAY) / 60))}:${two(minute % 60)}`

/** Minutes of the day; undefined when it is no time. */
export function minuteOf(text: string): number | undefined {
  const [, hour, minute] = /^(\d\d):(\d\d)/.exec(text) ?? []
  return hour && minute ? Number(hour) * 60 + Number(minute) : undefined
}

/** As the end of hours: midnight is the end of the day. */
export const endMinuteOf = (text: string): number | undefined => {
  const minute = minuteOf(text)
  return minute === 0 ? MINUTES_OF_DAY : minute
}
