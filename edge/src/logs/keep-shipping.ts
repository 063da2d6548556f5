// Ships logs for as long as the agent runs: whatever goes wrong with them, measuring and sending go on.

import { errorText } from '../error-code.ts'
import type { HostClock } from '../host-clock.ts'
import type { EdgeLogger } from '../log.ts'
import type { Lanes } from '../open-lanes.ts'
import { sleep } from '../uplink/wake.ts'
import type { LogCounts } from './sieve.ts'
import { shipLogs } from './log-shipper.ts'
import type { LogsConfig } from './logs-config.ts'

export type ShippingOptions = {
  readonly config: LogsConfig
  /** Resolves when the agent is enrolled. */
  readonly lanes: Promise<Lanes>
  readonly clock: HostClock
  readonly logger: EdgeLogger
  readonly counts: LogCounts
}

const RETRY_MS = 10_000

/** Never rejects. */
export async function keepShipping(options: ShippingOptions, signal: AbortSignal): Promise<void> {
  const { lanes, logger } = options
  const aborted = new Promise<undefined>((resolve) =>
    signal.addEventListener('abort', () => resolve(undefined), { once: true }),
  )
  const opened = await Promise.race([lanes, aborted])
  const chain = opened?.logs
  if (opened && !chain) logger.error('no logs are shipped: this identity has no chain for them; enrol again')
  while (chain && !signal.aborted) {
    try {
      await shipLogs({ ...options, chain }, signal)
    } catch (error) {
      logger.error('logs are not shipped now', { reason: errorText(error) })
      await sleep(RETRY_MS, signal)
    }
  }
}
