// A message in words: by the channel's templates, else by our own.

import type { ChannelSpec } from '@secumon/contracts/gen/escalation'
import type { Message } from '../message.ts'
import type { Told } from '../notifier.ts'
import { builtInText, builtInTitle } from './built-in.ts'
import { languageOf } from './language.ts'
import { renderTemplate } from './template.ts'
import { messageView } from './variables.ts'

export type Wording = Pick<ChannelSpec, 'language' | 'titleTemplate' | 'textTemplate'>

/** @throws Rejected `invalid` when a template cannot be rendered */
export function tell(message: Message, { language: name, titleTemplate, textTemplate }: Wording): Told {
  const language = languageOf(name)
  const telling = { ...message, language }
  const view = messageView(message, telling)
  const title = titleTemplate === '' ? builtInTitle(message, telling) : renderTemplate(titleTemplate, view)
  const text = textTemplate === '' ? builtInText(message, telling) : renderTemplate(textTemplate, view)
  return {
    message,
    language,
    // A service that takes no empty text would refuse the message.
    title: title.replaceAll(/\s+/g, ' ').trim() || builtInTitle(message, telling),
    text: text.trim() || builtInText(message, telling),
  }
}
