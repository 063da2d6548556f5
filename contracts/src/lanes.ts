// Lanes by name: `telemetry` and `logs` in subjects, logs and screens; the protobuf number on the wire.

import { Lane } from './gen/secumon/v1/frame_pb.ts'

export type LaneName = 'telemetry' | 'logs'

export const LANES: readonly LaneName[] = ['telemetry', 'logs']

const NUMBERS: Record<LaneName, Lane> = { telemetry: Lane.TELEMETRY, logs: Lane.LOGS }

export const laneNumber = (lane: LaneName): Lane => NUMBERS[lane]

/** The lane's name, or undefined for a number this version does not know. */
export const laneName = (lane: number): LaneName | undefined => LANES.find((name) => NUMBERS[name] === lane)
