import { describe, expect, it } from 'vitest'
import { en } from '../i18n/en.ts'
import { fr } from '../i18n/fr.ts'
import { changeText } from './change-text.ts'

describe('what changed', () => {
  it.each([
    ['status', 'online → offline', 'Online → Offline', 'En ligne → Hors ligne'],
    ['agent_renamed', 'db-2', 'renamed to db-2', 'renommé db-2'],
    ['something_new', 'x', 'something_new: x', 'something_new: x'],
  ])('%s', (kind, summary, english, french) => {
    expect([changeText({ kind, summary }, en), changeText({ kind, summary }, fr)]).toEqual([english, french])
  })
})
