// A message in words: by the channel's templates, else by our own.

import type { ChannelSpec } from '@secumon/contracts/gen/escalation'
import type { Message } from '../message.ts'
import type { Told } from '../notifier.ts'
import { builtInText, builtInTitle } from './built-in.ts'
import { languageOf } from './language.ts'
import { legible, legibleLine, legibleMessage } from './legible.ts'
import { renderTemplate } from './template.ts'
import { messageView } from './variables.ts'

export type Wording = Pick<ChannelSpec, 'language' | 'timeZone' | 'titleTemplate' | 'textTemplate'>

/** @throws Rejected `invalid` when a template cannot be rendered */
export function tell(given: Message, { language: name, timeZone, ...templates }: Wording): Told {
  const message = legibleMessage(given)
  const language = languageOf(name)
  const telling = { ...message, language, timeZone: timeZone || 'UTC' }
  const rendered = (template: string): string =>
    template === '' ? '' : legible(renderTemplate(template, messageView(message, telling))).trim()
  return {
    message,
    language,
    // Also when a template leaves nothing: services refuse an empty message.
    title: legibleLine(rendered(templates.titleTemplate)) || builtInTitle(message, telling),
    text: rendered(templates.textTemplate) || builtInText(message, telling),
  }
}
