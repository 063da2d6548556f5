// Something while it is edited: its form, whether that differs from what is saved, and the saving.

import { address } from './address.svelte.ts'
import { Deed } from './deed.svelte.ts'

export class ThingEditor<Form> {
  form: Form = $state() as Form
  readonly saving = new Deed()
  #tried = $state(false)
  #left = $state(false)
  readonly #before: string
  readonly #list: string

  /** @param list where to go when it is done */
  constructor(form: Form, list: string) {
    this.form = form
    this.#before = JSON.stringify(form)
    this.#list = list
  }

  /** Whether leaving would lose something. */
  get dirty(): boolean {
    return !this.#left && JSON.stringify(this.form) !== this.#before
  }
  /** Whether saving was tried: faults are shown from then on. */
  get tried(): boolean {
    return this.#tried
  }

  /** Saves and goes to the list, unless there are `faults`; then it stays and they are shown. */
  async save(faults: boolean, send: () => Promise<unknown>): Promise<void> {
    this.#tried = true
    if (faults) return
    if ((await this.saving.run(async () => ({ saved: await send() }))) !== undefined) this.leave()
  }

  /** Goes to the list without asking about changes. */
  leave = (): void => {
    this.#left = true
    // Who guards the screen looks at `dirty` when it has settled.
    setTimeout(() => address.go(this.#list))
  }
}
