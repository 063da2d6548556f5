// GET /api/v1/alerts.csv: every alert that the list's filters match, read and sent page by page, so that it costs the
// memory of one page however many there are.

import { csvLine } from '@secumon/contracts/csv'
import type { AlertPage } from '@secumon/projections/alerts/queries/alerts'
import type { TenantScopes } from '@secumon/projections/tenant-scope'
import { z } from '@hono/zod-openapi'
import { scopesOf } from '../../../auth/principal.ts'
import { alertRows } from '../../alerting/alert-bodies.ts'
import { ALERT_CSV_HEADER, alertCells } from '../../alerting/alert-csv.ts'
import type { ApiDeps } from '../../deps.ts'
import { createRoute, endpoint, SIGNED_IN, SIGNED_IN_ERRORS } from '../../endpoint.ts'
import { Failure } from '../../failures.ts'
import { AlertExportQuery } from '../../schemas/alert.ts'
import { attachment, streamed } from '../../streamed.ts'
import { alertFilter } from './alerts.ts'

type Deps = Pick<ApiDeps, 'reads' | 'db' | 'clock'>

const MAX_ROWS = 100_000
const ROWS_OF_A_PAGE = 1_000

const route = createRoute({
  method: 'get',
  path: '/api/v1/alerts.csv',
  tags: ['alerts'],
  summary: 'Alerts as a file for spreadsheets',
  description:
    `Takes the filters of the list. At most ${MAX_ROWS.toLocaleString('en')} alerts: more are refused with 400, not cut off. UTF-8 with a byte order ` +
    'mark, a header row, times in ISO 8601 UTC; a cell that a spreadsheet would run as a formula begins with an apostrophe.',
  security: SIGNED_IN,
  request: { query: AlertExportQuery },
  responses: {
    200: { description: 'The file.', content: { 'text/csv': { schema: z.string() } } },
    ...SIGNED_IN_ERRORS,
  },
})

export const alertExport = (deps: Deps) =>
  endpoint(route, async (c) => {
    const nowMs = deps.clock.nowMs()
    const asked = alertFilter(c.req.valid('query'), nowMs)
    const scopes = scopesOf(c.var.principal)
    const total = await deps.reads.alerting.countAlerts(scopes, { ...asked, most: MAX_ROWS + 1 })
    if (total > MAX_ROWS) throw tooMany()
    const failed = (error: unknown): void => c.var.logger.error({ err: error }, 'an export was broken off')
    const lines = linesOf(deps, scopes, { ...asked, limit: ROWS_OF_A_PAGE })
    return c.body(streamed(lines, failed), 200, {
      'Content-Type': 'text/csv; charset=utf-8; header=present',
      'Content-Disposition': attachment('alerts', 'csv', nowMs),
      'Cache-Control': 'no-store',
    })
  })

const tooMany = (): Failure =>
  new Failure(400, 'too many alerts for one file', {
    detail: `More than ${MAX_ROWS} match: narrow them down, for example with query.from and query.to.`,
  })

const BYTE_ORDER_MARK = '\uFEFF'

async function* linesOf({ reads, db }: Deps, scopes: TenantScopes, asked: AlertPage): AsyncGenerator<string> {
  yield BYTE_ORDER_MARK + csvLine(ALERT_CSV_HEADER)
  let after: string | null | undefined
  while (after !== null) {
    const { rows, next } = await reads.alerting.readAlerts(scopes, { ...asked, after })
    yield (await alertRows(db, rows)).map((row) => csvLine(alertCells(row))).join('')
    after = next
  }
}
