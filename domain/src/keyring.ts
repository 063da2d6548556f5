// Aggregate `keyring`, of the tenant `system`: what administrators did with a tenant's data keys, and with the master
// key. The keys themselves are in the vault, which comes first: this says what happened there.

import { create } from '@bufbuild/protobuf'
import {
  DataKeyRotatedSchema,
  DataKeysForgottenSchema,
  MasterKeyRotatedSchema,
  TenantShreddedSchema,
} from '@secumon/contracts/gen/keyring'
import { SYSTEM_TENANT } from '@secumon/contracts/subjects'
import type { AggregateRef, Decider } from './decider.ts'

export type KeyringCommand =
  | { readonly kind: 'RotateDataKey'; readonly keyId: string }
  | { readonly kind: 'ShredTenant'; readonly keyIds: readonly string[] }
  /** Keys that the vault has lost, and that are given up. Those that were shredded are none of them. */
  | { readonly kind: 'ForgetDataKeys'; readonly keyIds: readonly string[] }
  | { readonly kind: 'RotateMasterKey'; readonly masterKeyId: string }

export type KeyringState = {
  readonly rotatedTo: string | undefined
  readonly shredded: readonly string[]
  readonly forgotten: readonly string[]
  readonly masterKeyId: string | undefined
}

/** The aggregate that speaks for a tenant's keys; that of `system` for the master key. */
export const keyringOf = (tenant: string): AggregateRef => ({
  tenant: SYSTEM_TENANT,
  aggregate: keyring.aggregate,
  id: tenant,
})

export const keyring: Decider<KeyringCommand, KeyringState> = {
  aggregate: 'keyring',
  initial: { rotatedTo: undefined, shredded: [], forgotten: [], masterKeyId: undefined },
  decide(command, state) {
    switch (command.kind) {
      case 'RotateDataKey': {
        const { keyId } = command
        if (keyId === state.rotatedTo) return []
        return [{ case: 'dataKeyRotated', value: create(DataKeyRotatedSchema, { keyId }) }]
      }
      case 'ShredTenant': {
        const keyIds = newlyGone(state, command.keyIds)
        if (keyIds.length === 0) return []
        return [{ case: 'tenantShredded', value: create(TenantShreddedSchema, { keyIds }) }]
      }
      case 'ForgetDataKeys': {
        const keyIds = newlyGone(state, command.keyIds)
        if (keyIds.length === 0) return []
        return [{ case: 'dataKeysForgotten', value: create(DataKeysForgottenSchema, { keyIds }) }]
      }
      case 'RotateMasterKey': {
        const { masterKeyId } = command
        if (masterKeyId === state.masterKeyId) return []
        return [{ case: 'masterKeyRotated', value: create(MasterKeyRotatedSchema, { masterKeyId }) }]
      }
    }
  },
  evolve(state, event) {
    switch (event.case) {
      case 'dataKeyRotated':
        return { ...state, rotatedTo: event.value.keyId }
      case 'tenantShredded':
        return { ...state, shredded: [...state.shredded, ...event.value.keyIds] }
      case 'dataKeysForgotten':
        return { ...state, forgotten: [...state.forgotten, ...event.value.keyIds] }
      case 'masterKeyRotated':
        return { ...state, masterKeyId: event.value.masterKeyId }
      default:
        return state
    }
  },
}

const newlyGone = ({ shredded, forgotten }: KeyringState, keyIds: readonly string[]): string[] =>
  keyIds.filter((id) => !shredded.includes(id) && !forgotten.includes(id))
