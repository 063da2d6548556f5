// Reads off a frame, without decoding it, the two things every frame is asked for: its period, and whether it carries
// what only few frames do (inventory, systemd units).

import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { AgentFrameSchema } from '@secumon/contracts/gen/frame'
import { ObservationSchema } from '@secumon/contracts/gen/observation'

const OBSERVATIONS = AgentFrameSchema.field.observations.number
const PERIOD = ObservationSchema.field.periodMs.number
const INVENTORY = ObservationSchema.field.inventory.number
const UNITS = ObservationSchema.field.systemdUnits.number

export const DEFAULT_PERIOD_MS = 10_000

export type Glance = { readonly periodMs: number; readonly hasRareBlocks: boolean }

/** @param frame a serialized AgentFrame; bytes that are no message give the defaults: whoever decodes them complains */
export function glance(frame: Uint8Array): Glance {
  const seen = { periodMs: 0, hasRareBlocks: false }
  try {
    const reader = new BinaryReader(frame)
    while (reader.pos < reader.len) {
      const [field, wireType] = reader.tag()
      if (field === OBSERVATIONS && wireType === WireType.LengthDelimited)
        glanceAtObservation(reader.bytes(), seen)
      else reader.skip(wireType, field)
    }
  } catch {
    return { periodMs: DEFAULT_PERIOD_MS, hasRareBlocks: false }
  }
  return { ...seen, periodMs: seen.periodMs || DEFAULT_PERIOD_MS }
}

function glanceAtObservation(
  observation: Uint8Array,
  seen: { periodMs: number; hasRareBlocks: boolean },
): void {
  const reader = new BinaryReader(observation)
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    if (field === PERIOD && wireType === WireType.Varint) {
      seen.periodMs = reader.uint32()
      continue
    }
    if (field === INVENTORY || field === UNITS) seen.hasRareBlocks = true
    reader.skip(wireType, field)
  }
}
