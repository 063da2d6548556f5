// Log lines from where they are searched, page by page, oldest first.

import type { LogLine } from '@secumon/projections/logs/queries/log-line'
import type { LogFilter, LogStore } from '@secumon/projections/logs/queries/log-store'
import type { TenantScope } from '@secumon/projections/tenant-scope'

const PAGE = 1_000

/** @throws LogQueryRefused */
export async function* storedLines(
  store: LogStore,
  scope: TenantScope,
  filter: LogFilter,
): AsyncGenerator<LogLine> {
  const search = { ...filter, order: 'oldest', limit: PAGE } as const
  let page = await store.search(scope, search)
  for (;;) {
    yield* page.lines
    if (!page.next) return
    page = await store.search(scope, { ...search, after: page.next })
  }
}
