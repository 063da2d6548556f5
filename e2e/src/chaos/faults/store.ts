// JetStream's files: put back to an older state, deleted, cut short, or with bits that are not what they were.

import { existsSync } from 'node:fs'
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FaultKind } from '../fault.ts'
import type { Scene } from '../scene.ts'
import { flipBits, truncateBlock } from './blocks.ts'
import { moment } from './targets.ts'

const storeOf = (scene: Scene): string => join(scene.options.directory, 'nats', 'jetstream')
const copyOf = (scene: Scene): string => join(scene.options.directory, 'older-store')

/** What lies on the disk while the server stands still, as a snapshot of the volume would have it. */
async function copyStore(scene: Scene): Promise<void> {
  const nats = scene.process('nats')
  await rm(copyOf(scene), { recursive: true, force: true })
  nats.freeze()
  await cp(storeOf(scene), copyOf(scene), { recursive: true }).finally(() => nats.thaw())
}

async function withoutServer(
  scene: Scene,
  signal: NodeJS.Signals,
  change: () => Promise<void>,
): Promise<void> {
  const nats = scene.process('nats')
  await nats.end(signal)
  await change()
  await nats.ensureUp()
}

export const storeRolledBack: FaultKind = {
  name: 'store rolled back',
  weight: 3,
  draw: (draw) => {
    const how = draw.oneOf(['to a copy just made', 'to a copy just made', 'to the copy before'])
    return {
      target: 'nats',
      how,
      forMs: draw.between(1_000, draw.cast.isBrief ? 3_000 : 8_000),
      strike: async (scene) => {
        if (how === 'to a copy just made' || !existsSync(copyOf(scene))) await copyStore(scene)
      },
      mend: (scene) =>
        withoutServer(scene, 'SIGKILL', async () => {
          await rm(storeOf(scene), { recursive: true })
          await cp(copyOf(scene), storeOf(scene), { recursive: true })
        }),
    }
  },
}

export const storeDeleted: FaultKind = {
  name: 'store deleted',
  weight: 1,
  draw: (draw) => ({
    target: 'nats',
    forMs: moment(draw),
    strike: async (scene) => {
      await scene.process('nats').end('SIGKILL')
      await rm(storeOf(scene), { recursive: true })
    },
    mend: (scene) => scene.process('nats').ensureUp(),
  }),
}

export const blockTruncated: FaultKind = {
  name: 'block truncated',
  weight: 2,
  draw: (draw) => {
    const how = draw.oneOf(['stopped', 'live'])
    const choice = { block: draw.between(0, 1_000), bytes: draw.between(1, 20_000) }
    return {
      target: 'nats',
      how: `${how}, ${choice.bytes} bytes`,
      forMs: moment(draw),
      strike: (scene) =>
        how === 'live'
          ? truncateBlock(storeOf(scene), choice)
          : withoutServer(scene, 'SIGKILL', () => truncateBlock(storeOf(scene), choice)),
      mend: (scene) =>
        how === 'live' ? withoutServer(scene, 'SIGKILL', async () => undefined) : Promise.resolve(),
    }
  },
}

export const bitsFlipped: FaultKind = {
  name: 'bits flipped',
  weight: 2,
  draw: (draw) => {
    const how = draw.oneOf(['stopped', 'live'])
    const count = draw.between(1, 8)
    const choice = {
      block: draw.between(0, 1_000),
      bits: Array.from({ length: count }, () => draw.between(0, 2 ** 30)),
    }
    return {
      target: 'nats',
      how: `${how}, ${count}`,
      forMs: moment(draw),
      strike: (scene) =>
        how === 'live'
          ? flipBits(storeOf(scene), choice)
          : withoutServer(scene, 'SIGTERM', () => flipBits(storeOf(scene), choice)),
      mend: (scene) =>
        how === 'live' ? withoutServer(scene, 'SIGKILL', async () => undefined) : Promise.resolve(),
    }
  },
}
