// One line of /proc/[pid]/stat. Source: proc_pid_stat(5).

export type ProcessStat = {
  readonly pid: number
  /** The kernel's name, at most 15 bytes. */
  readonly name: string
  /** User and system time since it started, ticks. */
  readonly cpuTicks: number
  /** When it started after boot, ticks: tells apart two processes that had the same pid. */
  readonly startTicks: number
  readonly rssPages: number
}

/** Fields after the name, which may itself hold spaces and parentheses: utime, stime, starttime, rss. */
const UTIME = 11
const STIME = 12
const START_TIME = 19
const RSS = 21

/** Undefined when the line is not one of /proc/[pid]/stat. */
export function parseProcessStat(line: string): ProcessStat | undefined {
  const open = line.indexOf('(')
  const close = line.lastIndexOf(')')
  if (open < 0 || close < open) return undefined
  const fields = line.slice(close + 2).split(' ', RSS + 1)
  const number = (field: number) => Number(fields[field])
  const stat = {
    pid: Number.parseInt(line, 10),
    name: line.slice(open + 1, close),
    cpuTicks: number(UTIME) + number(STIME),
    startTicks: number(START_TIME),
    rssPages: Math.max(0, number(RSS)),
  }
  return Number.isFinite(stat.pid + stat.cpuTicks + stat.startTicks + stat.rssPages) ? stat : undefined
}
