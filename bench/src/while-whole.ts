// A figure is worth something only while everything that is measured runs.

import type { Child } from '@secumon/infra/embedded/child'

type Measured = {
  readonly nats: { readonly child: Child }
  readonly postgres: { readonly child: Child }
  readonly roles: ReadonlyMap<string, Child>
}

/** What the work gives. @throws Error with the last words of the first process that ends meanwhile */
export function whileWhole<T>(platform: Measured, work: Promise<T>): Promise<T> {
  const processes = [
    ['nats-server', platform.nats.child] as const,
    ['postgres', platform.postgres.child] as const,
    ...platform.roles,
  ]
  const deaths = processes.map(async ([name, child]): Promise<never> => {
    const exit = await child.ended
    throw new Error(`${name} ended with ${exit} while it was measured: ${child.output()}`)
  })
  return Promise.race([work, ...deaths])
}
