// The volumes of a scene: one for each thing that can fill a disk.

import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import type { SceneOptions } from './scene.ts'
import { Volume } from './volume.ts'

const MIB = 1024 ** 2

export type VolumeName = 'nats' | 'postgres' | 'archive' | `fleet-${number}`

export class SceneVolumes {
  readonly #volumes: ReadonlyMap<string, Volume>

  private constructor(volumes: ReadonlyMap<string, Volume>) {
    this.#volumes = volumes
  }

  /** Mounts them below the directory of the scene; none where that is not possible. */
  static async mount({ directory, fleets, facilities }: SceneOptions): Promise<SceneVolumes> {
    const volumes = new Map<string, Volume>()
    if (!facilities.has('volumes')) return new SceneVolumes(volumes)
    const sizes: [VolumeName, string, number][] = [
      ['nats', 'nats', 3_000],
      ['postgres', 'postgres', 6_000],
      ['archive', 'data/archive', 2_000],
      ...Array.from({ length: fleets }, (_, i): [VolumeName, string, number] => [
        `fleet-${i + 1}`,
        `fleets/${i + 1}`,
        400,
      ]),
    ]
    for (const [name, path, sizeMib] of sizes)
      volumes.set(name, await Volume.mount(join(directory, path), sizeMib * MIB))
    return new SceneVolumes(volumes)
  }

  /** @throws Error where there are none */
  get(name: VolumeName): Volume {
    const volume = this.#volumes.get(name)
    if (!volume) throw new Error(`no volume ${name}`)
    return volume
  }

  async copyTo(directory: string): Promise<void> {
    for (const [name, { path }] of this.#volumes)
      await cp(path, join(directory, name), { recursive: true }).catch(() => undefined)
  }

  async unmount(): Promise<void> {
    for (const volume of this.#volumes.values()) await volume.unmount()
  }
}
