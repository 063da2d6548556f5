// The collectors of each platform, in the order they are asked. A new one is a file and a line here.

import { HOST_ROOTS, type Collector, type CreateCollector, type Roots } from './collector.ts'
import { createCpuCollector } from './cpu.ts'

export const LINUX_COLLECTORS: readonly CreateCollector[] = [createCpuCollector]

export type CollectorOptions = {
  readonly agentVersion: string
  readonly roots?: Roots
}

/** Makes the collectors that suit this machine. */
export function createCollectors({ agentVersion, roots = HOST_ROOTS }: CollectorOptions): Collector[] {
  return LINUX_COLLECTORS.map((createOne) => createOne({ agentVersion, roots }))
}
