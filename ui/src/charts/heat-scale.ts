// Which of six colours a share of time has.

/** Lower bounds, in percent. */
export const HEAT_STEPS = [0, 10, 30, 60, 80, 92] as const

/** Index of the colour of a percentage. */
export const heatOf = (percent: number): number =>
  Math.max(
    0,
    HEAT_STEPS.findLastIndex((least) => percent >= least),
  )
