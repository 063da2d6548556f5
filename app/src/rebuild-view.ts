// How far a rebuild is, for people: a bar on a terminal, a line every few seconds elsewhere.

import type { RebuildProgress } from '@secumon/projections/rebuild/steering'

const BAR_CHARACTERS = 24
const LINE_EVERY_MS = 5_000
const DRAW_EVERY_MS = 100
/** The rate is the mean of about this long. */
const SMOOTHED_MS = 10_000

export type Pace = { readonly atMs: number; readonly taken: number; readonly perSecond: number }

/** The smoothed rate after one more look. */
export function paceAfter(pace: Pace | undefined, taken: number, atMs: number): Pace {
  if (!pace || atMs <= pace.atMs) return pace ?? { atMs, taken, perSecond: 0 }
  const elapsedMs = atMs - pace.atMs
  const perSecond = ((taken - pace.taken) * 1_000) / elapsedMs
  const weight = pace.perSecond === 0 ? 1 : Math.min(1, elapsedMs / SMOOTHED_MS)
  return { atMs, taken, perSecond: pace.perSecond + (perSecond - pace.perSecond) * weight }
}

/** `[########        ] 35 % of the archive (from 2026-10-18), 12,300 frames/s, 00:02:10 left`. */
export function progressText(progress: RebuildProgress, perSecond: number): string {
  const { phase, detail, done, total, paused, rate, taken, horizon } = progress
  const speed = paused ? 'paused' : `${Math.round(perSecond).toLocaleString('en')} frames/s`
  const limit = rate === null ? '' : ` (at most ${rate.toLocaleString('en')})`
  if (phase === 'archive' && total > 0) {
    const share = Math.min(1, done / total)
    const filled = '#'.repeat(Math.round(share * BAR_CHARACTERS)).padEnd(BAR_CHARACTERS)
    const left = perSecond > 0 && !paused ? `, ${duration((total - done) / perSecond)} left` : ''
    const from = horizon === null ? '' : ` (from ${new Date(horizon).toISOString().slice(0, 10)})`
    return `[${filled}] ${Math.floor(share * 100)} % of the archive${from}, ${speed}${limit}${left}`
  }
  if (phase === 'sealing') return `both stand close together; ${detail ?? 'the last steps'}`
  return `the log: ${taken.toLocaleString('en')} taken, ${speed}${limit}`
}

/** `00:02:10`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const parts = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60]
  return parts.map((part) => String(part).padStart(2, '0')).join(':')
}

export type Screen = Pick<NodeJS.WriteStream, 'isTTY' | 'write'>

/** Draws on a terminal in place, writes lines elsewhere. */
export function progressView(screen: Screen, nowMs: () => number) {
  let pace: Pace | undefined
  let drawnMs = screen.isTTY ? -Infinity : nowMs()
  const everyMs = screen.isTTY ? DRAW_EVERY_MS : LINE_EVERY_MS
  return {
    show: (progress: RebuildProgress): void => {
      const atMs = nowMs()
      if (atMs - drawnMs < everyMs) return
      drawnMs = atMs
      pace = paceAfter(pace, progress.taken, atMs)
      const text = progressText(progress, pace.perSecond)
      screen.write(screen.isTTY ? `\r\u001B[2K${text}` : `${text}\n`)
    },
    end: (): void => void (screen.isTTY && screen.write('\r\u001B[2K')),
  }
}
