// How much a script may have happen: a typing error must not keep a machine busy for days.

/** Ticks of the log and samples of all hosts; a host that sends every ten seconds has so many in a year. */
export const MAX_MOMENTS = 10_000_000
/** Samples that a host has kept, and sends at once: they are in memory together. */
export const MAX_KEPT = 500_000

/** More would have to happen than a script may ask for. */
export class TooManyMoments extends Error {
  override readonly name = 'TooManyMoments'

  constructor(asked: number, most: number) {
    const [much, limit] = [asked, most].map((each) => Math.round(each).toLocaleString('en'))
    super(
      `${much} samples and ticks of the clock, where ${limit} is the most: shorten the time, or lengthen the period`,
    )
  }
}
