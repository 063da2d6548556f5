// The shapes of the HTTP API, as types only: one place knows where the gateway keeps them.

import type { z } from 'zod'
import type {
  AgentBody,
  DimensionValues as Dimension,
  InventoryBody,
  LatestBody,
  ProcessBody,
  UnitBody,
} from '@secumon/gateway/api/schemas/agent'
import type {
  CustomMetric as OneCustomMetric,
  CustomMetricsBody,
  CustomUsage as UsageOfCustom,
} from '@secumon/gateway/api/schemas/custom-metrics'
import type { SessionBody } from '@secumon/gateway/api/schemas/auth'
import type { ErrorBody as ErrorShape } from '@secumon/gateway/api/schemas/errors'
import type {
  FleetAgent as AgentRow,
  FleetBody,
  FleetMapBody,
  FleetQuery,
  FleetSort as Sort,
  Status as StatusShape,
  StatusCounts as Counts,
} from '@secumon/gateway/api/schemas/fleet'
import type {
  LogContextBody,
  LogDroppedBody,
  LogExportQuery,
  LogFacetsBody,
  LogFilterQuery,
  LogHistogramBody,
  LogHistogramQuery,
  LogLineBody,
  LogQuery,
  LogsBody,
  LogSeverity as LogSeverityName,
  LogTailEvent,
  LogTailQuery,
} from '@secumon/gateway/api/schemas/logs'
import type { ChangeBody, OverviewBody, PlatformBody } from '@secumon/gateway/api/schemas/platform'
import type { Series as OneSeries, SeriesBody } from '@secumon/gateway/api/schemas/series'

export type ErrorBody = z.infer<typeof ErrorShape>
export type Session = z.infer<typeof SessionBody>
export type Status = z.infer<typeof StatusShape>
export type FleetSort = z.infer<typeof Sort>
export type FleetFilter = z.input<typeof FleetQuery>
export type FleetAgent = z.infer<typeof AgentRow>
export type StatusCounts = z.infer<typeof Counts>
export type Fleet = z.infer<typeof FleetBody>
export type FleetMap = z.infer<typeof FleetMapBody>
export type Inventory = z.infer<typeof InventoryBody>
export type DimensionValues = z.infer<typeof Dimension>
export type ProcessRow = z.infer<typeof ProcessBody>
export type Latest = z.infer<typeof LatestBody>
export type SystemdUnit = z.infer<typeof UnitBody>
export type AgentDetail = z.infer<typeof AgentBody>
export type Series = z.infer<typeof OneSeries>
export type SeriesSet = z.infer<typeof SeriesBody>
export type CustomMetric = z.infer<typeof OneCustomMetric>
export type CustomUsage = z.infer<typeof UsageOfCustom>
export type CustomMetrics = z.infer<typeof CustomMetricsBody>
export type Platform = z.infer<typeof PlatformBody>
export type Change = z.infer<typeof ChangeBody>
export type Overview = z.infer<typeof OverviewBody>
export type LogSeverity = z.infer<typeof LogSeverityName>
export type LogLine = z.infer<typeof LogLineBody>
export type LogDropped = z.infer<typeof LogDroppedBody>
export type Logs = z.infer<typeof LogsBody>
export type LogSearch = z.input<typeof LogQuery>
export type LogFilter = z.input<typeof LogFilterQuery>
export type LogHistogram = z.infer<typeof LogHistogramBody>
export type LogHistogramAsk = z.input<typeof LogHistogramQuery>
export type LogFacets = z.infer<typeof LogFacetsBody>
export type LogContext = z.infer<typeof LogContextBody>
export type LogTail = z.infer<typeof LogTailEvent>
export type LogTailFilter = z.input<typeof LogTailQuery>
export type LogExport = z.input<typeof LogExportQuery>
