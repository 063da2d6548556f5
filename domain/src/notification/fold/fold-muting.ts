// Silences and maintenances: held as long as they may mute something.

import type { MaintenanceSpec, SilenceCreated } from '@secumon/contracts/gen/muting'
import { keptOccurrences } from '../../maintenance/kept-occurrences.ts'
import { touchMatching, wakeKey } from '../dirty.ts'
import type { Happened } from '../evolve.ts'
import { OVER_MS } from '../settling.ts'
import type { HeldSilence } from '../silence-index.ts'
import type { HeldMaintenance } from '../held.ts'
import type { NotifyState, TenantState } from '../state.ts'

export function evolveMuting(state: NotifyState, tenant: TenantState, { id, event, atMs }: Happened): void {
  switch (event.case) {
    case 'silenceCreated':
      return hold(state, tenant, silenceOf(id, event.value))
    case 'silenceExtended':
      return until(state, tenant, { id, expiresAtMs: Number(event.value.expiresAtMs) })
    case 'silenceEnded':
      return until(state, tenant, { id, expiresAtMs: atMs })
    case 'maintenancePlanned':
    case 'maintenanceChanged':
      return plan(state, tenant, { id, spec: event.value.spec })
    case 'maintenanceCancelled':
      return plan(state, tenant, { id, spec: undefined })
    default:
      return undefined
  }
}

const silenceOf = (
  id: string,
  { matchers, reason, startsAtMs, expiresAtMs }: SilenceCreated,
): HeldSilence => ({
  id,
  matchers,
  reason,
  startsAtMs: Number(startsAtMs),
  expiresAtMs: Number(expiresAtMs),
})

/** Takes a silence in, and looks at what it mutes now and when it begins or is to be forgotten. */
export function hold({ wakes }: NotifyState, tenant: TenantState, silence: HeldSilence): void {
  tenant.silences.put(silence)
  touchMatching(tenant, silence.matchers)
  wakes.set(wakeKey(tenant.tenant, 'silence', silence.id), silence.startsAtMs)
}

type End = { readonly id: string; readonly expiresAtMs: number }

function until(state: NotifyState, tenant: TenantState, { id, expiresAtMs }: End): void {
  const silence = tenant.silences.get(id)
  if (silence) hold(state, tenant, { ...silence, expiresAtMs: Math.max(silence.startsAtMs, expiresAtMs) })
}

/** A silence's time has come: it begins, or it is forgotten. */
export function wakeSilence(
  { wakes }: NotifyState,
  tenant: TenantState,
  due: { id: string; nowMs: number },
): void {
  const silence = tenant.silences.get(due.id)
  if (!silence) return
  const forgottenMs = silence.expiresAtMs + OVER_MS
  if (due.nowMs >= forgottenMs) tenant.silences.remove(due.id)
  else {
    touchMatching(tenant, silence.matchers)
    wakes.set(wakeKey(tenant.tenant, 'silence', due.id), forgottenMs)
  }
}

type Plan = { readonly id: string; readonly spec: MaintenanceSpec | undefined }

function plan(state: NotifyState, tenant: TenantState, { id, spec }: Plan): void {
  const before = tenant.maintenances.get(id)
  if (before) touchMatching(tenant, before.spec.matchers)
  tenant.maintenances.delete(id)
  if (spec) holdMaintenance(state, tenant, heldOf(id, spec))
  else state.wakes.set(wakeKey(tenant.tenant, 'maintenance', id), Infinity)
}

/** Takes a maintenance in; its windows are looked for in the next round. */
export function holdMaintenance({ wakes }: NotifyState, tenant: TenantState, held: HeldMaintenance): void {
  tenant.maintenances.set(held.id, held)
  touchMatching(tenant, held.spec.matchers)
  wakes.set(wakeKey(tenant.tenant, 'maintenance', held.id), 0)
}

/** A plan that cannot be computed, because another version wrote it, is held and mutes nothing. */
export const heldOf = (id: string, spec: MaintenanceSpec): HeldMaintenance => ({
  id,
  spec,
  occurrences: keptOccurrences(spec),
})

/** A window begins or is to be waited for. */
export function wakeMaintenance(
  { wakes }: NotifyState,
  tenant: TenantState,
  due: { id: string; nowMs: number },
): void {
  const held = tenant.maintenances.get(due.id)
  if (!held) return
  touchMatching(tenant, held.spec.matchers)
  const next = held.occurrences.after(due.nowMs)
  wakes.set(wakeKey(tenant.tenant, 'maintenance', due.id), next?.fromMs ?? Infinity)
}
