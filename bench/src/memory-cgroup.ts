// A memory cgroup (v1) with a cap, made for one measurement and removed after it.

import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = '/sys/fs/cgroup/memory'

export type CgroupReading = {
  readonly usageBytes: number
  readonly peakBytes: number
  /** Times the cap was hit. */
  readonly failedCharges: number
  readonly anonymousBytes: number
}

export class MemoryCgroup {
  readonly #directory: string

  /** @throws Error where cgroup v1's memory controller is not mounted or not writable */
  constructor(name: string, capBytes: number) {
    if (!existsSync(join(ROOT, 'memory.limit_in_bytes')))
      throw new Error(`no memory cgroups (v1) at ${ROOT}: run as root on a host that has them`)
    this.#directory = join(ROOT, name)
    mkdirSync(this.#directory)
    writeFileSync(join(this.#directory, 'memory.limit_in_bytes'), String(capBytes))
  }

  /** Command and arguments that run a program inside. */
  wrap(command: string, args: readonly string[]): [string, string[]] {
    return ['sh', ['-c', `echo $$ > ${this.#directory}/cgroup.procs && exec "$0" "$@"`, command, ...args]]
  }

  read(): CgroupReading {
    const stat = readFileSync(join(this.#directory, 'memory.stat'), 'utf8')
    return {
      usageBytes: this.#number('memory.usage_in_bytes'),
      peakBytes: this.#number('memory.max_usage_in_bytes'),
      failedCharges: this.#number('memory.failcnt'),
      anonymousBytes: Number(/^total_rss (\d+)$/m.exec(stat)?.[1] ?? Number.NaN),
    }
  }

  remove(): void {
    rmdirSync(this.#directory)
  }

  #number(file: string): number {
    return Number(readFileSync(join(this.#directory, file), 'utf8'))
  }
}
