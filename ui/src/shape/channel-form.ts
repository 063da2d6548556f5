// The form of a channel: the fields of its kind, and secrets that are only written.

import type { ChannelField, ChannelKind, ChannelSpec } from '../lib/alerting-types.ts'

export const NEW_CHANNEL: ChannelSpec = {
  name: '',
  kind: 'webhook',
  settings: {},
  language: 'en',
  title_template: '',
  text_template: '',
  rate_per_minute: 0,
  time_zone: 'UTC',
}

/** The settings of the kind that are filled in; those of another kind are left behind. */
export const filledSettings = (
  kind: ChannelKind,
  settings: Readonly<Record<string, string>>,
): Record<string, string> =>
  Object.fromEntries(
    kind.settings.flatMap(({ name }) => {
      const value = settings[name]?.trim() ?? ''
      return value === '' ? [] : [[name, value]]
    }),
  )

type Written = {
  readonly settings: Readonly<Record<string, string>>
  readonly secrets: Readonly<Record<string, string>>
}

/**
 * Secrets that stay as they are when nobody writes them. None, once the channel goes elsewhere: whoever lets them go there
 * has to know them.
 */
export function keptSecrets(
  kind: ChannelKind,
  form: Written,
  held: { readonly settings: Readonly<Record<string, string>>; readonly secrets: readonly string[] },
): readonly string[] {
  const settled = (settings: Written['settings'], { name, default: usual = '' }: ChannelField): string =>
    settings[name]?.trim() || usual
  const hasMoved =
    kind.settings.some(
      (field) =>
        kind.destination.includes(field.name) &&
        settled(form.settings, field) !== settled(held.settings, field),
    ) || kind.secrets.some(({ name }) => kind.destination.includes(name) && form.secrets[name] !== undefined)
  return hasMoved ? [] : held.secrets
}

/** Required fields that are empty; a secret that is kept needs not be written again. */
export function missingFields(kind: ChannelKind, form: Written, kept: readonly string[]): string[] {
  const isEmpty = (values: Readonly<Record<string, string>>, { name }: ChannelField): boolean =>
    (values[name]?.trim() ?? '') === ''
  return [
    ...kind.settings.filter(
      (field) => field.required && field.default === undefined && isEmpty(form.settings, field),
    ),
    ...kind.secrets.filter(
      (field) =>
        field.required &&
        isEmpty(form.secrets, field) &&
        !(kept.includes(field.name) && form.secrets[field.name] === undefined),
    ),
  ].map(({ name }) => name)
}

/** What is sent of the secrets: those of the kind that were touched. Untouched ones stay as they are. */
export const writtenSecrets = (
  kind: ChannelKind,
  secrets: Readonly<Record<string, string>>,
): Record<string, string> =>
  Object.fromEntries(
    kind.secrets.flatMap(({ name }) => {
      const value = secrets[name]
      return value === undefined ? [] : [[name, value.trim()]]
    }),
  )

/** What the server says is wrong with one field; it names fields by their path or by their name. */
export function fieldFault(name: string, said: string): string {
  const found = said.split('; ').find((part) => new RegExp(`(?:^|[ .])${name}(?::|\\b)`).test(part))
  return found?.replace(/^body\.[\w.]+: /, '') ?? ''
}
