// The texts of this screen in the viewer's language; they come with it, not with the first page.

import { enStorage, type StorageMessages } from '../../../i18n/en-storage.ts'
import { frStorage } from '../../../i18n/fr-storage.ts'
import { words } from '../../../i18n/i18n.svelte.ts'

const DICTIONARIES: Readonly<Record<'en' | 'fr', StorageMessages>> = { en: enStorage, fr: frStorage }

class StorageWords {
  readonly #messages = $derived(DICTIONARIES[words.language])

  get s(): StorageMessages {
    return this.#messages
  }
  /** `1 day`, `1,000 days`. */
  days = (count: number): string => this.#messages.days(words.whole(count))
}

export const storageWords = new StorageWords()
