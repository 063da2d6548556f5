// A tenant that files of content are applied to, in memory.

import type { DomainEvent } from '@secumon/domain/decider'
import { DEFAULT_KEPT_DAYS } from '@secumon/projections/storage/kept-days'
import { applyContent, exportContent, type Applied } from '../apply-content.ts'
import { readContent, writeContent } from '../content-file.ts'
import type { Execute, Keeper } from '../content-kind.ts'
import { CONTENT_KINDS } from '../content-kinds.ts'
import type { ExistingContent } from '../existing-content.ts'

/** As the command tells it: faults with their places. */
export type Told = Omit<Applied, 'faults'> & { readonly faults: readonly string[] }

/** The content of one tenant, in memory. */
export class Tenant {
  readonly #events = new Map<string, { readonly aggregate: string; readonly events: DomainEvent[] }>()
  #ids = 0

  get existing(): ExistingContent {
    return new Map(
      CONTENT_KINDS.map(({ key, aggregate }) => {
        const held = [...this.#events].filter(([, each]) => each.aggregate === aggregate)
        return [key, held.map(([id, { events }]) => ({ id, events: [...events] }))]
      }),
    )
  }

  get count(): number {
    return [...this.#events.values()].reduce((sum, { events }) => sum + events.length, 0)
  }

  nowMs = 0
  tenant = 'main'

  export(): string {
    return writeContent(exportContent({ existing: this.existing, nowMs: this.nowMs }))
  }

  async apply(text: string, dryRun = false): Promise<Told[]> {
    const { file, tell } = readContent(text, 'content.yaml')
    const newId = () => String(++this.#ids).padStart(26, '0')
    const { existing, nowMs } = this
    const keeping = { keeper: this.#keeper, kept: DEFAULT_KEPT_DAYS }
    const how = { tenant: this.tenant, existing, newId, nowMs, ...keeping }
    const told: Told[] = []
    const applying = applyContent(file, dryRun ? how : { ...how, execute: this.execute })
    for await (const { faults, ...one } of applying) told.push({ ...one, faults: faults.map(tell) })
    return told
  }

  readonly secrets = new Map<string, Readonly<Record<string, string>>>()

  readonly #keeper: Keeper = {
    variable: (name) => (name === 'HOOK' ? 'busy' : undefined),
    get: async (id, version) => this.secrets.get(`${id}/${version}`),
    put: async (id, secrets, before) => {
      this.secrets.set(`${id}/${before + 1}`, secrets)
      return before + 1
    },
  }

  readonly execute: Execute = async (decider, id, commands) => {
    const held = this.#events.get(id) ?? { aggregate: decider.aggregate, events: [] }
    this.#events.set(id, held)
    for (const command of commands)
      held.events.push(...decider.decide(command, held.events.reduce(decider.evolve, decider.initial)))
  }
}
