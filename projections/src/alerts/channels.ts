// Channels, as they are written. Their secrets are in the vault: here is only how often they were set.

import { ChannelSpecSchema, type ChannelSpec } from '@secumon/contracts/gen/escalation'
import { changed, created, written, type Document } from './documents.ts'
import { folded } from './table.ts'

export type ChannelColumns = Document & { readonly kind: string; readonly secret_version: number }

export const channels = folded<ChannelColumns>({
  table: 'channels',
  aggregate: 'channel',
  fold(row, said) {
    const { event } = said
    switch (event.case) {
      case 'channelCreated': {
        const text = textOf(event.value.spec)
        if (!text) return row
        return { ...created(said, text), ...text, secret_version: event.value.secretVersion }
      }
      case 'channelChanged': {
        const { spec, secretVersion } = event.value
        return row && { ...row, ...textOf(spec), secret_version: secretVersion, ...changed(said) }
      }
      case 'channelDeleted':
        return row && { ...row, deleted: true, ...changed(said) }
      default:
        return row
    }
  },
})

function textOf(spec: ChannelSpec | undefined) {
  const text = written(ChannelSpecSchema, spec)
  return spec && text && { ...text, kind: spec.kind }
}
