// Processes of the role `alerter` that a story kills.

import { DEFAULT_TENANT, shardOf } from '@secumon/contracts/subjects'
import { NOTIFY } from '@secumon/projections/reactors/notify/notify-state'
import { NOTIFY_PARTS } from '@secumon/projections/reactors/start-alerting'
import { eventually } from './eventually.ts'
import type { Platform } from './platform.ts'

const PREFIX = 'alerter-'
/** Whoever holds it tells the people of the default tenant. */
const LEASE = `${NOTIFY}-${shardOf(DEFAULT_TENANT, NOTIFY_PARTS)}`

export class Alerters {
  readonly #platform: Platform
  #started = 0

  constructor(platform: Platform) {
    this.#platform = platform
  }

  /** So many more; resolves when they are ready. */
  async start(count: number): Promise<void> {
    const names = Array.from({ length: count }, () => `${PREFIX}${++this.#started}`)
    await Promise.all(names.map((name) => this.#platform.run(name, ['alerter'])))
  }

  /** The name of the one that tells people. */
  telling(): Promise<string> {
    return eventually('an alerter tells people', async () => {
      const pid = await this.#holder()
      return this.#running.find((name) => this.#platform.role(name).pid === pid)
    })
  }

  /** Kills one -9; what it did another does within ten seconds. */
  async kill(name: string): Promise<void> {
    await this.#platform.end(name, 'SIGKILL')
  }

  /** Kills all that are ready -9, and lets their leases run out now. Returns how many. */
  async killAll(): Promise<number> {
    const names = this.#running
    const holders = names.map((name) => `%/${this.#platform.role(name).pid}/%`)
    await Promise.all(names.map((name) => this.kill(name)))
    const runOut = 'update secumon.leases set expires_at = clock_timestamp() where holder like any ($1)'
    await this.#platform.query(runOut, [holders])
    return names.length
  }

  get #running(): string[] {
    return [...this.#platform.roles.keys()].filter((name) => name.startsWith(PREFIX))
  }

  async #holder(): Promise<number | undefined> {
    const [row] = await this.#platform.query<{ holder: string }>(
      'select holder from secumon.leases where name = $1 and expires_at > clock_timestamp()',
      [LEASE],
    )
    return row && Number(row.holder.split('/')[1])
  }
}
