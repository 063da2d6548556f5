// One clause of what happens: a verb with its words, or a host and what it measures.

import { DEFAULT_TENANT } from '@secumon/contracts/subjects'
import { TimelineFault } from './fault.ts'
import { CHANGEABLE, DELETABLE, type AlertChoice, type Input, type PlacedInput } from './input.ts'
import { parseMatchers } from './parse-matchers.ts'
import { isAssignment, parseMeasure } from './parse-measure.ts'
import { durationOf, Reader } from './reader.ts'
import type { Clause, Word } from './words.ts'

type Parse = (words: Reader) => Input

const VERBS: Readonly<Record<string, Parse>> = {
  gateway: (words) => ({ kind: 'gateway', isUp: words.takeOneOf(['up', 'down']) === 'up' }),
  alerter: (words) => ({ kind: 'alerter', does: words.takeOneOf(['up', 'down', 'restart']) }),
  clock: parseClock,
  platform: parsePlatform,
  channel: parseChannel,
  retry: (words) => ({ kind: 'retry', channel: words.take('a channel') }),
  ack: parseAck,
  unack: (words) => ({ kind: 'unack', alert: parseChoice(words) }),
  note: (words) => ({ kind: 'note', alert: parseChoice(words), note: words.takeQuoted() ?? '' }),
  silence: parseSilence,
  extend: (words) => {
    const [matchers, forMs] = [parseMatchers(words), words.takeFor()]
    return { kind: 'extend', matchers, forMs, tenant: parseTenant(words) }
  },
  unsilence: (words) => ({ kind: 'unsilence', matchers: parseMatchers(words), tenant: parseTenant(words) }),
  override: parseOverride,
  tags: (words) => {
    const host = words.take('a host')
    return { kind: 'tags', host, tags: words.takeWhile(() => true).map(({ text }) => text) }
  },
  rename: (words) => ({ kind: 'rename', host: words.take('a host'), name: words.take('its new name').text }),
  retire: (words) => ({ kind: 'retire', host: words.take('a host') }),
  enable: (words) => parseEnabled(words, true),
  disable: (words) => parseEnabled(words, false),
  delete: (words) => {
    const [of, name] = [words.takeOneOf(DELETABLE), words.take('a name')]
    return { kind: 'delete', of, name, tenant: parseTenant(words) }
  },
  change: parseChange,
  apply: (words) => ({ kind: 'apply', name: words.take('a name under changes') }),
}

/** @throws TimelineFault */
export function parseInput(clause: Clause): PlacedInput {
  const words = new Reader(clause)
  const [word] = clause
  const verb = Object.hasOwn(VERBS, word.text) && !word.quoted ? VERBS[word.text] : undefined
  if (verb) words.take('a verb')
  const input = verb ? verb(words) : parseHost(words)
  words.end()
  return { word, input }
}

function parseHost(words: Reader): Input {
  if (words.next && isAssignment(words.next)) return parseMeasure(words, undefined)
  const host = words.take('a host')
  if (words.next && isAssignment(words.next)) return parseMeasure(words, host)
  if (!words.next)
    throw new TimelineFault(`${host.text}: say what happens, web-1 cpu=96 or web-1 offline`, host)
  return { kind: 'link', host, is: words.takeOneOf(['online', 'cut', 'offline']) }
}

function parseClock(words: Reader): Input {
  const word = words.take('by how much')
  const sign = word.text.startsWith('-') ? -1 : 1
  if (word.text === 'right') return { kind: 'clock', offsetMs: 0 }
  if (!/^[+-]/.test(word.text)) throw new TimelineFault('say clock +1h, clock -10m or clock right', word)
  const size = durationOf({ ...word, text: word.text.slice(1) })
  return { kind: 'clock', offsetMs: sign * size }
}

function parsePlatform(words: Reader): Input {
  const readings = words.takeWhile(isAssignment).map((word): [string, number] => {
    const [key = '', value = ''] = word.text.split('=')
    if (value === '' || !Number.isFinite(Number(value)))
      throw new TimelineFault('say what it says: platform holes=2', word)
    return [key, Number(value)]
  })
  return { kind: 'platform', readings: new Map(readings) }
}

function parseChannel(words: Reader): Input {
  const channel = words.take('a channel')
  const does = words.takeOneOf(['works', 'fails', 'refuses', 'busy'])
  if (does === 'works') return { kind: 'channel', channel, behaviour: { does } }
  if (does === 'busy') return { kind: 'channel', channel, behaviour: { does, forMs: words.takeDuration() } }
  return { kind: 'channel', channel, behaviour: { does, reason: words.takeQuoted() ?? does } }
}

const AFTER_CHOICE = new Set(['for', 'sticky'])

function parseChoice(words: Reader): AlertChoice {
  const isChoice = (word: Word): boolean =>
    !word.quoted && !AFTER_CHOICE.has(word.text) && word.text !== 'rule'
  const chosen = words.takeWhile(isChoice)
  const rule = words.takeIf('rule') ? words.take('the rule’s name').text : undefined
  return { words: [...chosen, ...words.takeWhile(isChoice)], rule }
}

function parseAck(words: Reader): Input {
  const alert = parseChoice(words)
  const note = words.takeQuoted() ?? ''
  const forMs = words.next?.text === 'for' ? words.takeFor() : undefined
  return { kind: 'ack', alert, note, forMs, sticky: words.takeIf('sticky') }
}

function parseSilence(words: Reader): Input {
  const matchers = parseMatchers(words)
  const inMs = words.takeIf('in') ? words.takeDuration() : 0
  const [forMs, reason] = [words.takeFor(), words.takeQuoted() ?? '']
  return { kind: 'silence', matchers, inMs, forMs, reason, tenant: parseTenant(words) }
}

function parseOverride(words: Reader): Input {
  const schedule = words.take('a schedule')
  words.takeOneOf(['by'])
  return { kind: 'override', schedule, member: words.take('who'), forMs: words.takeFor() }
}

function parseEnabled(words: Reader, enabled: boolean): Input {
  const of = words.takeOneOf(['rule'])
  const name = words.take('its name')
  const settings = [{ path: 'enabled', text: String(enabled) }]
  return { kind: 'change', change: { of, name, settings, tenant: parseTenant(words) } }
}

function parseChange(words: Reader): Input {
  const [of, name] = [words.takeOneOf(CHANGEABLE), words.take('a name')]
  const settings = words.takeWhile(isAssignment).map(({ text }) => {
    const at = text.indexOf('=')
    return { path: text.slice(0, at), text: text.slice(at + 1) }
  })
  if (settings.length === 0) throw new TimelineFault('say what changes: condition.threshold=95', name)
  return { kind: 'change', change: { of, name, settings, tenant: parseTenant(words) } }
}

const parseTenant = (words: Reader): string =>
  words.takeIf('of') ? words.take('a tenant').text : DEFAULT_TENANT
