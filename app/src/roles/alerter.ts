// The role `alerter`: judges what is measured, and is the only one that sends messages. Several share the work by leases.

import { openSender } from '@secumon/gateway/notify/open-sender'
import { perMinuteOf } from '@secumon/gateway/notify/registry'
import { jetStreamEventStore } from '@secumon/infra/eventlog/jetstream-event-store'
import { channelSecrets } from '@secumon/infra/vault/channel-secrets'
import { createFirstRules, FIRST_RULES } from '@secumon/projections/reactors/first-rules'
import { startAlerting, type Alerting, type Part } from '@secumon/projections/reactors/start-alerting'
import { hearAlerting } from '../alerting-heard.ts'
import { callOut } from '../call-out.ts'
import { firstChannels } from '../first-channels.ts'
import { reached, type Platform } from '../platform.ts'
import { publicUrl } from '../public-url.ts'
import { requireShards } from '../shards.ts'
import { telling } from '../telling.ts'
import type { Health, RunningRole } from './role.ts'

/** Leases, states, secrets of channels. */
const POOL_SIZE = 6

export async function startAlerterRole(platform: Platform): Promise<RunningRole> {
  const { config, clock, logger, registry } = platform
  const [log, db, keys] = await Promise.all([
    platform.log(),
    platform.database('alerter', POOL_SIZE),
    platform.keys(),
  ])
  await reached('PostgreSQL', () => requireShards(db, config.shards))
  const common = { log, db, keys, clock, logger, registry, shards: config.shards }
  const store = jetStreamEventStore(log, keys)
  const firstRules: Part = {
    name: FIRST_RULES,
    run: (lease) => createFirstRules({ ...common, store }, lease),
  }
  const secrets = channelSecrets({ db, keys, clock })
  const chores = [
    firstRules,
    ...firstChannels(platform, { store, secrets }),
    ...callOut(platform, { log, db }),
  ]
  const sender = openSender({ allowPrivate: config.notifyAllowPrivate, proxy: config.notifyProxy, clock })
  const send = telling({ store, secrets, sender, clock, publicUrl: publicUrl(config) })
  const alerting = startAlerting({ ...common, store, chores, send, ratePerMinute: perMinuteOf })
  const stopping = new AbortController()
  const heard = hearAlerting(db, stopping.signal)
  return {
    stop: async () => {
      stopping.abort()
      await alerting.stop()
      sender.close()
    },
    health: () => {
      const own = healthOf(log.trouble, alerting)
      return own.status === 'healthy' && heard.health().status !== 'healthy' ? heard.health() : own
    },
  }
}

function healthOf(trouble: string | undefined, alerting: Alerting): Health {
  if (trouble === 'disconnected' || trouble === 'not_reconciled')
    return { status: 'degraded', detail: `waits for the event log: ${trouble}` }
  const { parts, warming, failing } = alerting.doing()
  if (failing > 0)
    return {
      status: 'degraded',
      detail: `alerts of ${failing} ${failing === 1 ? 'tenant' : 'tenants'} cannot be told: see the log of the role alerter`,
    }
  if (warming.length > 0)
    return { status: 'degraded', detail: `builds its state from the log: ${warming.join(', ')}` }
  return { status: 'healthy', detail: parts.length > 0 ? parts.join(', ') : 'stands by' }
}
