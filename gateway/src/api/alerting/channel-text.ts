// A channel as the API writes it, and as the log does.

import { create } from '@bufbuild/protobuf'
import { ChannelSpecSchema, type ChannelSpec } from '@secumon/contracts/gen/escalation'
import type { z } from 'zod'
import type { ChannelSpecBody } from '../schemas/channel.ts'

type Text = z.output<typeof ChannelSpecBody>

export const channelSpecOf = (text: Text): ChannelSpec =>
  create(ChannelSpecSchema, {
    name: text.name,
    kind: text.kind,
    settings: text.settings,
    language: text.language,
    titleTemplate: text.title_template,
    textTemplate: text.text_template,
    ratePerMinute: text.rate_per_minute,
    timeZone: text.time_zone,
  })

export const channelSpecBody = (spec: ChannelSpec): Text => ({
  name: spec.name,
  kind: spec.kind,
  settings: { ...spec.settings },
  language: spec.language === 'fr' ? 'fr' : 'en',
  title_template: spec.titleTemplate,
  text_template: spec.textTemplate,
  rate_per_minute: spec.ratePerMinute,
  time_zone: spec.timeZone || 'UTC',
})
