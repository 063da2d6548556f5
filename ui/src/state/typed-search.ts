// A search field whose text stands in the address: it gets there a moment after the last key, so that not every letter asks.

import { onDestroy } from 'svelte'
import { address } from './address.svelte.ts'

const TYPED_MS = 200

type Typed = Event & { readonly currentTarget: HTMLInputElement }

/**
 * What handles the field's input. Called while a component is made; what was typed last changes no other page's address.
 * @param keepsSpaces in an expression those at the ends count, too
 */
export function typedSearch({ keepsSpaces = false } = {}): (event: Typed) => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  onDestroy(() => clearTimeout(timer))
  return ({ currentTarget: { value } }) => {
    const q = keepsSpaces ? value : value.trim()
    clearTimeout(timer)
    timer = setTimeout(() => address.set({ q }, 'replace'), TYPED_MS)
  }
}
