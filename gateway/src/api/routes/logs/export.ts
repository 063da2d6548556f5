// GET /api/v1/logs/export: every line that the filter matches, read and sent page by page, so that it costs the memory of
// one page however many there are.

import { csvLine } from '@secumon/contracts/csv'
import type { LogFilter, LogOrder } from '@secumon/projections/logs/queries/log-store'
import type { LogLine } from '@secumon/projections/logs/queries/log-line'
import type { TenantScope } from '@secumon/projections/tenant-scope'
import { z } from '@hono/zod-openapi'
import type { ApiDeps } from '../../deps.ts'
import { createRoute, endpoint, SIGNED_IN, SIGNED_IN_ERRORS, UNAVAILABLE } from '../../endpoint.ts'
import { Failure } from '../../failures.ts'
import { LOG_CSV_HEADER, logCells } from '../../logs/log-csv.ts'
import { logFilter } from '../../logs/log-request.ts'
import { LogExportQuery, MAX_LOG_LINES } from '../../schemas/logs.ts'
import { attachment, streamed } from '../../streamed.ts'

type Logs = ApiDeps['logs']
type Format = z.output<typeof LogExportQuery>['format']

const MAX_LINES = 100_000
const COUNTED_IN = 2

const route = createRoute({
  method: 'get',
  path: '/api/v1/logs/export',
  tags: ['logs'],
  summary: 'Lines as a file',
  description:
    `At most ${MAX_LINES.toLocaleString('en')} lines: more are refused with 400, not cut off. NDJSON: a LogLine in each line. CSV: UTF-8 with a ` +
    'byte order mark, a header row, times in ISO 8601 UTC; a cell that a spreadsheet would run as a formula begins with an apostrophe.',
  security: SIGNED_IN,
  request: { query: LogExportQuery },
  responses: {
    200: {
      description: 'The file.',
      content: { 'application/x-ndjson': { schema: z.string() }, 'text/csv': { schema: z.string() } },
    },
    ...SIGNED_IN_ERRORS,
    ...UNAVAILABLE,
  },
})

export const logExport = ({ logs, clock }: Pick<ApiDeps, 'logs' | 'clock'>) =>
  endpoint(route, async (c) => {
    const nowMs = clock.nowMs()
    const { format, order, ...query } = c.req.valid('query')
    const filter = logFilter(query, nowMs)
    const { scope } = c.var.principal
    await requireFew(logs, scope, filter)
    const failed = (error: unknown): void => c.var.logger.error({ err: error }, 'an export was broken off')
    return c.body(streamed(piecesOf(logs, scope, { filter, order, format }), failed), 200, {
      'Content-Type': FORMATS[format].type,
      'Content-Disposition': attachment('logs', format, nowMs),
      'Cache-Control': 'no-store',
    })
  })

async function requireFew(logs: Logs, scope: TenantScope, filter: LogFilter): Promise<void> {
  const { series, partial } = await logs.histogram(scope, filter, COUNTED_IN)
  const counted = series.flatMap(({ counts }) => counts).reduce<number>((sum, count) => sum + (count ?? 0), 0)
  if (counted > MAX_LINES) throw tooMany(`More than ${MAX_LINES} match`)
  if (partial) throw tooMany('Too many to be counted in time')
}

const tooMany = (what: string): Failure =>
  new Failure(400, 'too many lines for one file', {
    detail: `${what}: narrow them down, for example with query.from and query.to.`,
  })

const FORMATS = {
  ndjson: {
    type: 'application/x-ndjson; charset=utf-8',
    head: '',
    line: (line: LogLine) => `${JSON.stringify(line)}\n`,
  },
  csv: {
    type: 'text/csv; charset=utf-8; header=present',
    head: `\uFEFF${csvLine(LOG_CSV_HEADER)}`,
    line: (line: LogLine) => csvLine(logCells(line)),
  },
} as const

type Asked = { readonly filter: LogFilter; readonly order: LogOrder; readonly format: Format }

async function* piecesOf(
  logs: Logs,
  scope: TenantScope,
  { filter, order, format }: Asked,
): AsyncGenerator<string> {
  const { head, line } = FORMATS[format]
  if (head !== '') yield head
  const search = { ...filter, order, limit: MAX_LOG_LINES }
  let page = await logs.search(scope, search)
  for (let told = 0; ; page = await logs.search(scope, { ...search, after: page.next })) {
    told += page.lines.length
    if (told > MAX_LINES) throw tooMany(`More than ${MAX_LINES} match by now`)
    if (page.lines.length > 0) yield page.lines.map(line).join('')
    if (!page.next) return
  }
}
