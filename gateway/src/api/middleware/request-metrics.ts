// What the platform measures of its own API.

import { Gauge, Histogram, type Registry } from 'prom-client'

export type RequestLine = { readonly method: string; readonly route: string; readonly status: number }

export type RequestMetrics = {
  observe(line: RequestLine, seconds: number): void
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

export function requestMetrics(registry: Registry): RequestMetrics {
  const duration = new Histogram({
    name: 'secumon_gateway_request_duration_seconds',
    help: 'Time from a request to the start of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  })
  return {
    observe({ method, route, status }, seconds) {
      // A method is any token a stranger likes.
      duration.observe({ method: METHODS.has(method) ? method : 'other', route, status }, seconds)
    },
  }
}

/** Follows how many live streams are open. */
export function liveConnections(registry: Registry, count: () => number): void {
  new Gauge({
    name: 'secumon_gateway_live_connections_count',
    help: 'Open streams of live events',
    registers: [registry],
    collect() {
      this.set(count())
    },
  })
}
