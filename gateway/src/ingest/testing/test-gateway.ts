// A running ingest service on a real log, for tests.

import { jetStreamEventStore } from '@secumon/infra/eventlog/jetstream-event-store'
import { silentLogger, testClock, testEventLog } from '@secumon/infra/eventlog/test-event-log'
import type { NatsEventLog } from '@secumon/infra/eventlog/connect-event-log'
import type { Scope } from '@secumon/infra/testing/servers'
import { Registry } from 'prom-client'
import { startIngest, type Ingest, type IngestOptions } from '../ingest.ts'
import { StreamClient } from './stream-client.ts'
import { enrolAgent, type Platform, type TestAgent } from './test-agent.ts'

export type TestGateway = Platform & {
  readonly log: NatsEventLog
  readonly ingest: Ingest
  readonly registry: Registry
  enrol(): Promise<TestAgent>
  connect(): StreamClient
  /** The value of a metric, its labels summed. */
  metric(name: string): Promise<number>
}

export type GatewaySettings = Partial<Pick<IngestOptions, 'limits' | 'clock' | 'gatewayId'>> & {
  readonly log?: NatsEventLog
}

export async function testGateway(scope: Scope, settings: GatewaySettings = {}): Promise<TestGateway> {
  const log = settings.log ?? (await testEventLog(scope))
  const clock = settings.clock ?? testClock
  const store = jetStreamEventStore(log)
  const registry = new Registry()
  const ingest = await startIngest({
    host: '127.0.0.1',
    port: 0,
    log,
    store,
    shards: 1,
    clock,
    logger: silentLogger,
    registry,
    limits: settings.limits ?? {},
    gatewayId: settings.gatewayId ?? 'gateway-1',
  })
  const clients: StreamClient[] = []
  scope.after(async () => {
    for (const client of clients) client.close()
    await ingest.stop()
  })
  const platform = { store, clock }
  return {
    ...platform,
    log,
    ingest,
    registry,
    enrol: () => enrolAgent(platform),
    connect() {
      const client = new StreamClient(ingest.url)
      clients.push(client)
      return client
    },
    async metric(name) {
      const metric = await registry.getSingleMetric(`secumon_gateway_ingest_${name}`)?.get()
      return metric?.values.reduce((sum, { value }) => sum + value, 0) ?? 0
    },
  }
}
