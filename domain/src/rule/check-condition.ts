// What a rule compares, and with what.

import { COMPARISON } from '@secumon/contracts/alerting-words'
import {
  Aggregation,
  Comparison,
  type ForecastCondition,
  type MetricCondition,
  type PlatformCondition,
} from '@secumon/contracts/gen/rule'
import { customNameOf } from '@secumon/contracts/custom-metrics'
import { metricOf, type Metric } from '@secumon/contracts/metrics'
import { PROCESS_PERIOD_MS, SHORTEST_PERIOD_MS } from '@secumon/contracts/sampling'
import { SYSTEM_TENANT } from '@secumon/contracts/subjects'
import { badSide } from '../evaluation/comparison.ts'
import { invalid } from './invalid.ts'
import { PLATFORM_METRICS, platformMetricOf } from './platform-metrics.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
export const MAX_WINDOW_MS = DAY_MS
/** Every process that comes along has a window of its own. */
export const MAX_PROCESS_WINDOW_MS = HOUR_MS
export const MIN_FORECAST_WINDOW_MS = 10 * MINUTE_MS
export const MAX_FORECAST_WINDOW_MS = 7 * DAY_MS
export const MAX_HORIZON_MS = 30 * DAY_MS
const MAX_PATTERN_LENGTH = 200

/** Fills in `last` where no aggregation is said. @throws Rejected */
export function checkMetric(condition: MetricCondition): void {
  const metric = checkSubject(condition)
  if (condition.aggregation === Aggregation.UNSPECIFIED) condition.aggregation = Aggregation.LAST
  checkAggregation(condition, metric)
  checkRecovery(condition)
  if (condition.aggregation !== Aggregation.RATE) checkReach(condition, metric)
}

/** @throws Rejected */
export function checkForecast(condition: ForecastCondition): void {
  const metric = checkSubject(condition)
  const { comparison, windowMs, horizonMs } = condition
  if (comparison !== Comparison.GT && comparison !== Comparison.LT)
    throw invalid('a forecast says when a value rises above or falls below: gt or lt')
  if (windowMs < MIN_FORECAST_WINDOW_MS || windowMs > MAX_FORECAST_WINDOW_MS)
    throw invalid('a forecast is made from a window of 10 minutes to 7 days')
  if (horizonMs < MINUTE_MS || horizonMs > MAX_HORIZON_MS)
    throw invalid('a forecast reaches 1 minute to 30 days ahead')
  checkProcessWindow(windowMs, metric)
  checkReach(condition, metric)
}

/** @throws Rejected */
export function checkPlatform({ metric, comparison, threshold }: PlatformCondition, tenant: string): void {
  if (tenant !== SYSTEM_TENANT) throw invalid('only the platform’s own rules are about the platform')
  if (!platformMetricOf(metric))
    throw invalid(
      `the platform says nothing of ${quoted(metric)}: it says ${PLATFORM_METRICS.map(({ key }) => key).join(', ')}`,
    )
  checkComparison(comparison)
  checkNumber('threshold', threshold)
}

type Subject = MetricCondition | ForecastCondition

function checkSubject({ metric: key, comparison, threshold, dimension }: Subject): Metric {
  const metric: Metric | undefined = metricOf(key)
  if (!metric)
    throw invalid(
      customNameOf(key) === undefined
        ? `there is no metric ${quoted(key)}`
        : `rules judge what hosts measure themselves, not what programs publish: ${quoted(key)}`,
    )
  checkComparison(comparison)
  checkNumber('threshold', threshold)
  if (metric.dimension === 'check')
    throw invalid(`rules judge what hosts measure themselves, not yet what checks find: ${quoted(key)}`)
  if (dimension !== '' && !metric.dimension)
    throw invalid(`${key} has one value per host: ${quoted(dimension)} cannot be chosen`)
  if (dimension.length > MAX_PATTERN_LENGTH)
    throw invalid(`the ${metric.dimension} is a pattern of at most ${MAX_PATTERN_LENGTH} characters`)
  return metric
}

function checkComparison(comparison: Comparison): void {
  if (!COMPARISON.word(comparison)) throw invalid('the comparison is gt, gte, lt, lte, eq or ne')
}

function checkNumber(name: string, value: number): void {
  if (!Number.isFinite(value)) throw invalid(`the ${name} is not a number`)
}

function checkAggregation({ aggregation, windowMs, metric: key }: MetricCondition, metric: Metric): void {
  if (aggregation === Aggregation.LAST) {
    if (windowMs !== 0) throw invalid('the last value needs no window: choose avg, max, min or rate')
    return
  }
  if (aggregation === Aggregation.RATE && metric.kind === 'delta')
    throw invalid(`${key} is a rate per second already: choose avg, max or min`)
  if (windowMs < SECOND_MS) throw invalid('avg, max, min and rate need a window of 1 second at least')
  if (windowMs > MAX_WINDOW_MS) throw invalid('the window is at most 24 hours')
  checkProcessWindow(windowMs, metric)
  if (aggregation === Aggregation.RATE) checkRateWindow(windowMs, metric)
}

function checkProcessWindow(windowMs: number, { dimension }: Metric): void {
  if (dimension === 'process' && windowMs > MAX_PROCESS_WINDOW_MS)
    throw invalid('processes come and go: the window is at most 1 hour')
}

// For agents that measure more seldom it is widened, for none it is too short.
function checkRateWindow(windowMs: number, { dimension }: Metric): void {
  if (dimension !== 'process' && windowMs < 2 * SHORTEST_PERIOD_MS)
    throw invalid('a rate is made of two samples: its window is 2 seconds at least')
  if (dimension === 'process' && windowMs < 2 * PROCESS_PERIOD_MS)
    throw invalid('processes are measured once a minute: the window of a rate is 2 minutes at least')
}

function checkRecovery({ recovery, comparison, threshold }: MetricCondition): void {
  if (recovery === undefined) return
  checkNumber('recovery threshold', recovery)
  const side = badSide(comparison)
  if (!side) throw invalid('eq and ne recover by themselves: a recovery threshold needs gt, gte, lt or lte')
  if (side === 'above' && recovery > threshold)
    throw invalid(`it fires above ${threshold}: it cannot recover at ${recovery}, which is higher`)
  if (side === 'below' && recovery < threshold)
    throw invalid(`it fires below ${threshold}: it cannot recover at ${recovery}, which is lower`)
}

// Of processes, 100 % is one core.
function checkReach({ threshold, comparison }: Subject, { unit, dimension, key }: Metric): void {
  if (unit !== 'percent' || dimension === 'process') return
  const isOut = threshold < 0 || threshold > 100
  const never =
    comparison === Comparison.GT ? threshold === 100 : comparison === Comparison.LT && threshold === 0
  if (isOut || never) throw invalid(`${key} is 0 to 100 %: it can never cross ${threshold}`)
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, 80))
