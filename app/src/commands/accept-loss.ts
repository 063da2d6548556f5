// `secumon archive accept-loss`: what to do when the archive ends before what was committed, and the rest is gone for
// good. Says what is lost, asks, tells it on EVENTS and lets archiving go on.

import { ActorSchema } from '@secumon/contracts/gen/envelope'
import { create } from '@bufbuild/protobuf'
import { archiveAggregate, platform as platformAggregate } from '@secumon/domain/platform'
import { openArchiveReader } from '@secumon/infra/archive/archive-reader'
import { openArchiveWriter } from '@secumon/infra/archive/archive-writer'
import { handle } from '@secumon/infra/eventlog/handle'
import { jetStreamEventStore } from '@secumon/infra/eventlog/jetstream-event-store'
import { newUlid } from '@secumon/infra/vault/vault-database'
import {
  acceptLoss,
  ArchiverAtWork,
  lookForLoss,
  LossChanged,
  type LossPlaces,
} from '@secumon/projections/archive/accept-loss'
import type { FoundLoss } from '@secumon/projections/archive/find-loss'
import { archivePlace } from '../archive-place.ts'
import { Exit, exitCode } from '../exit.ts'
import { readableLog } from '../log-patience.ts'
import type { Platform } from '../platform.ts'
import { count, number } from '../status/figures.ts'
import { confirmed } from './confirm.ts'

const WORD = 'accept'
const POOL_SIZE = 2
const TENANTS_SHOWN = 20

export type AcceptLossOptions = { readonly yes?: boolean }

/** @throws Exit 64 when nothing was agreed to, 75 when an archiver works */
export async function acceptLossCommand(platform: Platform, { yes }: AcceptLossOptions): Promise<void> {
  const places = await placesOf(platform)
  const loss = await asExit(() => lookForLoss(places))
  if (!loss) return console.log('nothing is lost: the archive holds everything that was committed')
  for (const line of lossLines(loss, archivePlace(platform.config).directory)) console.log(line)
  // What cannot be told must not be done.
  const log = await readableLog(platform)
  if (!(await confirmed(WORD, yes ? WORD : undefined)))
    throw new Exit(exitCode.usage, 'nothing was changed: the word was not given')
  await handle(jetStreamEventStore(log), platformAggregate, {
    aggregate: archiveAggregate(),
    command: { kind: 'AcceptArchiveLoss', ...loss },
    commandId: newUlid(platform.clock.nowMs()),
    actor: create(ActorSchema, { actor: { case: 'platform', value: 'command line' } }),
    clock: platform.clock,
  })
  await asExit(() => acceptLoss(places, loss))
  console.log(AFTERWARDS)
}

async function placesOf(platform: Platform): Promise<LossPlaces> {
  const { clock, logger } = platform
  const place = { ...archivePlace(platform.config), keys: await platform.keys() }
  return {
    db: await platform.database('archive accept-loss', POOL_SIZE),
    openWriter: (committedFlush) => openArchiveWriter({ ...place, clock, logger, committedFlush }),
    reader: openArchiveReader(place),
  }
}

async function asExit<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof ArchiverAtWork || cause instanceof LossChanged)
      throw new Exit(exitCode.temporary, `nothing was changed: ${cause.message}`, { cause })
    throw cause
  }
}

function lossLines(loss: FoundLoss, directory: string): string[] {
  const { foundFlush, committedFlush, lanes, records, envelopes, kept } = loss
  const shown = kept.slice(0, TENANTS_SHOWN)
  const more = kept.length - shown.length
  return [
    `The archive with the directory ${directory} ends at flush ${foundFlush}; flush ${committedFlush} was committed.`,
    '',
    `lost   flushes ${foundFlush + 1}–${committedFlush}: ${number(records)} frames and gaps of ${count(lanes, 'lane')}, ${count(envelopes, 'envelope')}`,
    ...(kept.length === 0 ? ['kept   nothing'] : []),
    ...shown.map(
      ({ tenant, leaves }, i) => `${i === 0 ? 'kept' : '    '}   ${number(leaves)} leaves of ${tenant}`,
    ),
    ...(more > 0 ? [`       and of ${more} other tenants`] : []),
    '',
    EXPLAINED,
  ]
}

const EXPLAINED = `Is it another directory or bucket than before, or a disk that is not mounted? Then go no further: set that right.
If it is gone for good: what the log still holds of it is archived again, under new leaves; leaf numbers of what is lost are
given out again. What the log does not hold either is lost for ever, and is told as holes. All this is kept as an event.`

const AFTERWARDS = `
The loss is accepted. A running archiver goes on within seconds and reads the log from its beginning.
  - secumon status           says how far it is, and which holes it found
  - secumon archive check    afterwards: what it finds is what is lost
  - secumon backup           soon`
