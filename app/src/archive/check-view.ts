// How a check of the archive is told: findings as they come, how far it is, and what was looked at.

import type { CheckProgress, CheckSummary } from '@secumon/infra/archive/check'
import { sizeText } from './list.ts'

const EVERY_MS = 500

/** Shows rate and time left on a terminal; nothing where nobody looks. */
export function checkProgress(output: NodeJS.WriteStream, nowMs: () => number) {
  const startedMs = nowMs()
  let shownMs = startedMs
  let isShown = false
  const clear = (): void => {
    if (isShown) output.write('\r\u001b[K')
    isShown = false
  }
  return {
    clear,
    show: (progress: CheckProgress): void => {
      if (!output.isTTY || nowMs() - shownMs < EVERY_MS) return
      shownMs = nowMs()
      output.write(`\r\u001b[K${progressLine(progress, shownMs - startedMs)}`)
      isShown = true
    },
  }
}

export function progressLine({ bytes, totalBytes, records }: CheckProgress, elapsedMs: number): string {
  const perSecond = (bytes * 1_000) / Math.max(1, elapsedMs)
  const leftS = Math.ceil((totalBytes - bytes) / Math.max(1, perSecond))
  const percent = totalBytes > 0 ? Math.floor((bytes * 100) / totalBytes) : 100
  return `${percent} % · ${records.toLocaleString('en')} records · ${sizeText(perSecond)}/s · ${clockText(leftS)} left`
}

function clockText(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60]
  return hours > 0
    ? `${hours} h ${minutes} min`
    : minutes > 0
      ? `${minutes} min ${seconds % 60} s`
      : `${seconds} s`
}

export function summaryLines(summary: CheckSummary, elapsedMs: number): string[] {
  const { segments, bytes, leaves, frames, gaps, envelopes, signatures, hashesOnly, flush, findings } =
    summary
  const number = (value: number): string => value.toLocaleString('en')
  const found = Object.entries(findings).map(([kind, count]) => `${count} ${kind}`)
  return [
    `${number(segments)} segments, ${sizeText(bytes)}, flush ${flush}, in ${(elapsedMs / 1_000).toFixed(1)} s`,
    `${number(leaves)} leaves: ${number(frames)} frames, ${number(gaps)} gaps, ${number(envelopes)} envelopes, ` +
      `${number(hashesOnly)} of which only the hash is kept; ${number(signatures)} signatures checked`,
    found.length === 0 ? 'nothing is wrong' : `DAMAGED: ${found.join(', ')}`,
  ]
}
