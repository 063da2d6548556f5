// Leaves out the panels of what a host does not have, once that is known.

import type { Dimension } from '@secumon/contracts/metrics'
import type { Panel } from '../../charts/panels.ts'
import type { AgentDetail, Latest } from '../../lib/api-types.ts'

const HAS: Readonly<Partial<Record<Dimension, (latest: Latest) => boolean>>> = {
  core: (latest) => latest.cores.length > 1,
  mount: (latest) => latest.mounts.length > 0,
  device: (latest) => latest.devices.length > 0,
  interface: (latest) => latest.interfaces.length > 0,
  sensor: (latest) => latest.sensors.length > 0,
  process: (latest) => latest.processes.length > 0,
}

/** The panels worth showing. Until anything is known of the host, all but those that many hosts lack. */
export function panelsOf(panels: readonly Panel[], detail: AgentDetail | undefined): readonly Panel[] {
  const latest = detail?.latest
  if (!latest) return panels.filter((panel) => panel.dimension !== 'sensor')
  const noSwap = latest.host['swap.total_bytes'] === 0
  return panels.filter((panel) =>
    panel.dimension ? (HAS[panel.dimension]?.(latest) ?? true) : !(panel.id === 'swap' && noSwap),
  )
}
