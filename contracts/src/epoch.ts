// The bytes of an EpochStarted event, which anchor a chain: granted to the agent and hashed from here only.

import { toBinary } from '@bufbuild/protobuf'
import { sha256 } from './frame.ts'
import { EpochStartedSchema, type EpochStarted } from './gen/secumon/v1/identity_pb.ts'

/** The serialized event as the agent receives it; fields in order of number, so always the same bytes. */
export const epochBytes = (event: EpochStarted): Uint8Array => toBinary(EpochStartedSchema, event)

/** SHA-256 of the event's bytes: what the frame with sequence 1 of that epoch names as its previous hash. */
export const epochAnchor = (event: EpochStarted): Uint8Array => sha256(epochBytes(event))
