// What a collector is: it reads one source of the host and returns its part of the observation.
// It never writes into an observation itself, so a late answer cannot tear one that has been sealed.

import type { MessageInitShape } from '@bufbuild/protobuf'
import type {
  BlockDeviceSamplesSchema,
  CustomSamplesSchema,
  FilesystemSamplesSchema,
  HostSampleSchema,
  InventorySchema,
  LoggedInUserSchema,
  NetworkSamplesSchema,
  ProcessSamplesSchema,
  SystemdUnitSamplesSchema,
  TemperatureSamplesSchema,
} from '@secumon/contracts/gen/observation'

/** Where the host's files are; tests and containers give others. */
export type Roots = {
  /** Holds etc, run, var, lib and usr. */
  readonly root: string
  readonly proc: string
  readonly sys: string
}

export const HOST_ROOTS: Roots = { root: '/', proc: '/proc', sys: '/sys' }

/** Where programs of the host publish metrics of their own. */
export type TextFiles = {
  /** Of `*.prom` files. */
  readonly directory: string
  /** Somebody asked for it: then its absence is a fault. */
  readonly isExpected: boolean
  /** Between two readings: 10,000 – 300,000. */
  readonly intervalMs: number
  /** What was written longer ago is not of now. */
  readonly maxAgeMs: number
}

/** What every collector is made for. */
export type MeasuredHost = {
  readonly roots: Roots
  readonly agentVersion: string
  readonly textFiles?: TextFiles
}

/** When a tick happens and what the configuration asks of it. */
export type Moment = {
  /** Wall clock, milliseconds since 1970 UTC. */
  readonly nowMs: number
  /** Never goes back; the base of every rate. */
  readonly monotonicMs: number
  readonly periodMs: number
  readonly processPeriodMs: number
  readonly processCount: number
}

/** One collector's part of an observation; absent is "not measurable here" or "not this time". */
export type Reading = {
  readonly host?: MessageInitShape<typeof HostSampleSchema>
  readonly filesystems?: MessageInitShape<typeof FilesystemSamplesSchema>
  readonly blockDevices?: MessageInitShape<typeof BlockDeviceSamplesSchema>
  readonly networks?: MessageInitShape<typeof NetworkSamplesSchema>
  readonly processes?: MessageInitShape<typeof ProcessSamplesSchema>
  readonly systemdUnits?: MessageInitShape<typeof SystemdUnitSamplesSchema>
  readonly temperatures?: MessageInitShape<typeof TemperatureSamplesSchema>
  readonly custom?: MessageInitShape<typeof CustomSamplesSchema>
  readonly inventory?: MessageInitShape<typeof InventorySchema>
  readonly loggedInUsers?: MessageInitShape<typeof LoggedInUserSchema>[]
  /** What failed while the rest of this reading is good, one sentence each. */
  readonly faults?: readonly string[]
}

/** Reads one source. It throws when the source cannot be read; it keeps what it needs for deltas. */
export type Collector = {
  readonly name: string
  collect(moment: Moment): Reading | Promise<Reading>
}

/** Makes a collector of one kind; `registry.ts` lists them. */
export type CreateCollector = (host: MeasuredHost) => Collector
