import { describe, expect, it } from 'vitest'
import type { ChannelField, ChannelKind, Round } from '../lib/alerting-types.ts'
import { endMinuteOf, minuteOf, minuteText } from './active-hours.ts'
import { fieldFault, filledSettings, keptSecrets, missingFields, writtenSecrets } from './channel-form.ts'
import { expiryOf } from './expiry.ts'
import { filledMatchers } from './matchers.ts'
import { labelsOf, NEW_POLICY, stepTimes, targetOf, targetWord } from './policy-form.ts'
import { filledSchedule, isComplete, newLayer } from './schedule-form.ts'
import { toldOfAlert } from './told.ts'

const field = (name: string, required: boolean): ChannelField => ({
  name,
  required,
  about: { en: name, fr: name },
  lines: false,
})
const KIND: ChannelKind = {
  kind: 'telegram',
  settings: [
    field('chat_id', true),
    field('thread_id', false),
    { ...field('api_url', false), default: 'https://telegram.example' },
  ],
  secrets: [field('bot_token', true)],
  destination: ['api_url'],
  per_minute: 20,
}

describe('channel form', () => {
  it('keeps only settings of its kind that are filled in', () =>
    expect(filledSettings(KIND, { chat_id: ' 4 ', thread_id: '', url: 'x' })).toEqual({ chat_id: '4' }))
  it('needs a secret once, and not again when it is set', () => {
    const form = { settings: { chat_id: '4' }, secrets: {} }
    expect([missingFields(KIND, form, []), missingFields(KIND, form, ['bot_token'])]).toEqual([
      ['bot_token'],
      [],
    ])
    expect(missingFields(KIND, { settings: {}, secrets: {} }, ['bot_token'])).toEqual(['chat_id'])
  })
  it('keeps secrets as long as they go where they went', () => {
    const held = { settings: { chat_id: '4' }, secrets: ['bot_token'] }
    const kept = (settings: Record<string, string>) => keptSecrets(KIND, { settings, secrets: {} }, held)
    expect(kept({ chat_id: '5', api_url: 'https://telegram.example' })).toEqual(['bot_token'])
    expect(kept({ chat_id: '4', api_url: 'https://other.example' })).toEqual([])
    const hook = {
      ...KIND,
      settings: [],
      secrets: [field('url', true), field('key', false)],
      destination: ['url'],
    }
    const moved = { settings: {}, secrets: { url: 'https://other.example' } }
    expect(keptSecrets(hook, moved, { settings: {}, secrets: ['url', 'key'] })).toEqual([])
  })
  it('sends only secrets that were touched', () =>
    expect([writtenSecrets(KIND, {}), writtenSecrets(KIND, { bot_token: ' t ' })]).toEqual([
      {},
      { bot_token: 't' },
    ]))
  it('finds what is said of a field', () => {
    const said = 'invalid request; body.spec.settings.chat_id: must be a number; body.spec.name: too long'
    expect([fieldFault('chat_id', said), fieldFault('thread_id', said)]).toEqual(['must be a number', ''])
  })
})

describe('ends', () => {
  it.each([
    [{ choice: 'never', moment: '' }, null],
    [{ choice: '4h', moment: '' }, 1_000 + 4 * 3_600_000],
    [{ choice: 'moment', moment: '1969-01-01T00:00' }, undefined],
    [{ choice: 'moment', moment: '' }, undefined],
  ])('%o is %s', (expiry, atMs) => expect(expiryOf(expiry, 1_000)).toBe(atMs))
})

describe('policies', () => {
  it('says when each step comes, the wait for more alerts included', () =>
    expect(
      stepTimes({
        group_wait_ms: 30,
        steps: [
          { delay_ms: 0, targets: [] },
          { delay_ms: 100, targets: [] },
          { delay_ms: 50, targets: [] },
        ],
      }),
    ).toEqual([30, 130, 180]))
  it('names targets in options and finds them again', () => {
    for (const target of [
      { kind: 'channel', channel: 'C' } as const,
      { kind: 'schedule', schedule: 'S' } as const,
    ])
      expect(targetOf(targetWord(target))).toEqual(target)
    expect(targetOf('')).toBeUndefined()
  })
  it('takes labels once', () => expect(labelsOf(' rule, site rule ')).toEqual(['rule', 'site']))
  it('begins with something that can be saved but for its name', () =>
    expect(NEW_POLICY.steps).toHaveLength(1))
})

describe('schedules and hours', () => {
  it('drops people without a name and names layers by their place', () => {
    const spec = filledSchedule({ name: ' base ', time_zone: 'UTC', layers: [newLayer('', 0)] })
    expect([spec.name, spec.layers[0]?.name, spec.layers[0]?.members, isComplete(spec)]).toEqual([
      'base',
      '1',
      [],
      false,
    ])
  })
  it('writes and reads minutes of the day; midnight ends it', () =>
    expect([
      minuteText(510),
      minuteText(1440),
      minuteOf('08:30'),
      endMinuteOf('00:00'),
      minuteOf('soon'),
    ]).toEqual(['08:30', '00:00', 510, 1440, undefined]))
})

const ROUND: Round = {
  incident: 'I',
  version: 2,
  kind: 'first',
  step: 0,
  repeat: 0,
  due_at: 0,
  alerts: [],
  notifications: [],
  unreached: [],
}

describe('matchers and messages', () => {
  it('leaves out conditions without a label', () =>
    expect(
      filledMatchers([
        { label: ' agent ', operator: '=', value: ' db ' },
        { label: ' ', operator: '=', value: 'x' },
      ]),
    ).toEqual([{ label: 'agent', operator: '=', value: 'db' }]))
  it('puts silence and messages into one row of time, the newest first', () => {
    const mute = { stage: 'silence', by: 'S', by_name: null, detail: '', since: 5, until: null }
    const round = { ...ROUND, due_at: 7 }
    const told = toldOfAlert({ mutes: [mute, { ...mute, since: 9 }], notifications: [], missed: [round] })
    expect(told.map(({ atMs }) => atMs)).toEqual([9, 7, 5])
  })
})
