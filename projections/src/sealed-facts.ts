// Sealed envelopes of a batch, opened: the keys are asked for before the transaction, so that none waits inside it.

import type { ArchiveKeys } from '@secumon/infra/archive/archive'
import { openWith } from '@secumon/infra/vault/envelope-cipher'
import { DataKeyUnknown } from '@secumon/infra/vault/key-faults'
import type { Fact } from './projector.ts'

/**
 * Gives a fact with its envelope in clear. One whose key was shredded stays as it is: it has no events.
 * @throws DataKeyUnknown, EnvelopeBroken
 */
export type OpenFact = (fact: Fact) => Fact

/** Asks for the keys of all sealed envelopes; undefined when there are none. @throws KeysUnavailable */
export async function openerOf(facts: readonly Fact[], keys: ArchiveKeys): Promise<OpenFact | undefined> {
  const answers = new Map<string, Uint8Array | DataKeyUnknown | undefined>()
  for (const fact of facts) {
    const key = keyOf(fact)
    if (key && !answers.has(key.place)) answers.set(key.place, await find(keys, key))
  }
  return answers.size === 0 ? undefined : (fact) => open(fact, answers)
}

type KeyRef = { readonly tenant: string; readonly id: string; readonly place: string }

function keyOf(fact: Fact): KeyRef | undefined {
  if (fact.kind !== 'envelope' || !fact.envelope.sealed) return undefined
  const { tenant } = fact
  const id = fact.envelope.sealed.keyId
  return { tenant, id, place: `${tenant}/${id}` }
}

// One envelope's unknown key is no reason to withhold the others.
async function find(keys: ArchiveKeys, { tenant, id }: KeyRef) {
  try {
    return await keys.find(tenant, id)
  } catch (error) {
    if (error instanceof DataKeyUnknown) return error
    throw error
  }
}

function open(fact: Fact, answers: ReadonlyMap<string, Uint8Array | DataKeyUnknown | undefined>): Fact {
  const key = answers.get(keyOf(fact)?.place ?? '')
  if (key instanceof DataKeyUnknown) throw key
  if (key === undefined || fact.kind !== 'envelope') return fact
  return { ...fact, envelope: openWith(fact.source.subject, fact.envelope, key) }
}
