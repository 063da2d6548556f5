// What the pages of the settings are called.

import type { TextKey } from '../../i18n/en.ts'
import type { SettingsPlace } from '../../shape/routes.ts'

export const SETTINGS_WORD = {
  storage: 'storage',
} as const satisfies Readonly<Record<SettingsPlace, TextKey>>
