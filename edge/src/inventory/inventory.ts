// What the host is (not how it does): sent with the first observation and again when it changed.

import type { Inventory } from '@secumon/contracts/gen/observation'
import type { Collector, MeasuredHost, Reading } from '../collectors/collector.ts'
import { createBackground } from '../collectors/background.ts'
import { linuxFacts } from './linux-facts.ts'
import { createPackageCount } from './packages.ts'
import { portableFacts } from './portable-facts.ts'

export const CHECK_PERIOD_MS = 600_000
/** Until the first inventory is out, and while packages are being counted, look more often. */
const FIRST_CHECK_PERIOD_MS = 10_000
/** The kernel recomputes the boot time when the wall clock is set; less than this is the same boot. */
const BOOT_TOLERANCE_MS = 60_000n

/** Everything of an inventory that the host's own files or system calls tell. */
export type HostFacts = Omit<Inventory, '$typeName' | '$unknown' | 'packages' | 'agentVersion'>

/** The inventory of a Linux host. */
export function createInventoryCollector({ roots, agentVersion }: MeasuredHost): Collector {
  const packages = createPackageCount(roots.root)
  const changed = createChangeTest()
  let checkedMs = -Infinity
  let packagesKnown = false
  return {
    name: 'inventory',
    collect({ monotonicMs }) {
      if (monotonicMs - checkedMs < (packagesKnown ? CHECK_PERIOD_MS : FIRST_CHECK_PERIOD_MS)) return {}
      const first = checkedMs === -Infinity
      checkedMs = monotonicMs
      const count = packages()
      packagesKnown = !first || count !== undefined
      return changed({ ...linuxFacts(roots), agentVersion, packages: count ?? 0 })
    },
  }
}

/** The inventory of any other host, asked once beside the ticks. */
export function createPortableInventoryCollector({ agentVersion }: MeasuredHost): Collector {
  const facts = createBackground(portableFacts)
  let asked = false
  return {
    name: 'inventory',
    collect() {
      if (!asked) facts.start()
      asked = true
      const known = facts.take()
      return known ? { inventory: { ...known, agentVersion, packages: 0 } } : {}
    },
  }
}

type Facts = HostFacts & { readonly agentVersion: string; readonly packages: number }

function createChangeTest(): (facts: Facts) => Reading {
  let sent = ''
  let bootedAtMs = 0n
  return (facts) => {
    const drift = facts.bootedAtMs - bootedAtMs
    if (drift > BOOT_TOLERANCE_MS || drift < -BOOT_TOLERANCE_MS) ({ bootedAtMs } = facts)
    const inventory = { ...facts, bootedAtMs }
    const key = JSON.stringify(inventory, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    )
    if (key === sent) return {}
    sent = key
    return { inventory }
  }
}
