// The one row a host has per tick: what an observation says of it as a whole.

import { create } from '@bufbuild/protobuf'
import {
  HostSampleSchema,
  type HostSample,
  type Observation,
  type TemperatureSamples,
} from '@secumon/contracts/gen/observation'

export type HostReading = { readonly host: HostSample; readonly temperatures: TemperatureSamples | undefined }

const NOTHING = create(HostSampleSchema)

/** Undefined when the observation says nothing of the host as a whole. */
export const hostReading = ({ host, temperatures }: Observation): HostReading | undefined =>
  host || temperatures ? { host: host ?? NOTHING, temperatures } : undefined
