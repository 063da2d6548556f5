// The storage on screen: read unhurriedly, its jobs more often, and every other second while one is being done.

import { api } from '../lib/api.ts'
import type { Retention, Storage, StorageJob, StorageJobs } from '../lib/storage-types.ts'
import { live } from './live-feed.svelte.ts'
import { Loading } from './loading.svelte.ts'
import { runJob } from './storage-deeds.ts'

const LOOK_MS = 1_000
const JOBS_MS = 15_000
const JOBS_BUSY_MS = 2_000
const ALL_MS = 60_000

export class StorageState {
  readonly retention = new Loading<Retention>((signal) => api('/storage/retention', { signal }))
  /** Of the whole platform; loaded for those who run it. */
  readonly status = new Loading<Storage>((signal) => api('/storage/status', { signal }))
  readonly #jobs = new Loading<StorageJobs>((signal) => api('/storage/jobs', { signal }))
  readonly #isPlatforms: boolean
  /** Jobs that were asked for, by what was known of their last run then. */
  #asked = $state.raw<ReadonlyMap<string, number | null>>(new Map())
  #jobsAtMs = 0
  #allAtMs = 0

  constructor(isPlatforms: boolean) {
    this.#isPlatforms = isPlatforms
  }

  get jobs(): readonly StorageJob[] | undefined {
    return (this.#jobs.value ?? this.status.value)?.jobs
  }

  /** Whether somebody has been asked to do it and has not begun. */
  isAsked = ({ name }: StorageJob): boolean => this.#asked.has(name)

  /** Loads and follows; the answer ends it. */
  start(): () => void {
    this.load()
    const timer = setInterval(() => this.#look(), LOOK_MS)
    const end = live.onCatchUp(() => this.load())
    return () => {
      clearInterval(timer)
      end()
      for (const loading of [this.retention, this.status, this.#jobs]) loading.stop()
    }
  }

  load(): void {
    this.#allAtMs = Date.now()
    void this.retention.load()
    if (this.#isPlatforms) void Promise.all([this.status.load(), this.#loadJobs()])
  }

  /** Has it done as soon as somebody can. @throws ApiFailure */
  async run(job: StorageJob): Promise<StorageJob> {
    const asked = await runJob(job)
    this.#asked = new Map([...this.#asked, [job.name, job.last_run]])
    await this.#loadJobs()
    return asked
  }

  // What was asked for is followed also while everything else is paused.
  #look(): void {
    if (document.hidden || (live.state !== 'live' && this.#asked.size === 0)) return
    const nowMs = Date.now()
    if (nowMs - this.#allAtMs >= ALL_MS) return this.load()
    const isBusy = this.#asked.size > 0 || this.#running.length > 0
    if (this.#isPlatforms && nowMs - this.#jobsAtMs >= (isBusy ? JOBS_BUSY_MS : JOBS_MS))
      void this.#loadJobs()
  }

  get #running(): readonly string[] {
    return (this.jobs ?? []).filter(({ state }) => state === 'running').map(({ name }) => name)
  }

  // What was deleted or packed shows in the sizes.
  async #loadJobs(): Promise<void> {
    this.#jobsAtMs = Date.now()
    const before = this.#running
    await this.#jobs.load()
    const begun = (this.jobs ?? []).filter(({ name, last_run: ran }) => this.#asked.get(name) !== ran)
    const names = new Set(begun.map(({ name }) => name))
    const isBegun = [...this.#asked.keys()].some((name) => names.has(name))
    if (isBegun) this.#asked = new Map([...this.#asked].filter(([name]) => !names.has(name)))
    const isOver = isBegun || before.some((name) => !this.#running.includes(name))
    if (isOver) void Promise.all([this.status.load(), this.retention.load()])
  }
}
