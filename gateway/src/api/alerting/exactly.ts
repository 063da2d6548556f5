// Matchers for what one alert is about: its rule, agent, metric and dimension, and nothing else.

import { create } from '@bufbuild/protobuf'
import { MatcherSchema, MatchOperator, type Matcher } from '@secumon/contracts/gen/muting'
import { metricOf } from '@secumon/contracts/metrics'
import type { AlertRow } from '@secumon/projections/alerts/queries/alerts'

const ABOUT = ['rule', 'agent', 'metric'] as const

/** They match this alert and those that follow it. */
export function exactly({ labels, metric }: Pick<AlertRow, 'labels' | 'metric'>): Matcher[] {
  const dimension = metricOf(metric)?.dimension
  return [...ABOUT, ...(dimension === undefined ? [] : [dimension])].flatMap((label) => {
    const value = labels[label]
    return value === undefined ? [] : [create(MatcherSchema, { label, operator: MatchOperator.EQUAL, value })]
  })
}
