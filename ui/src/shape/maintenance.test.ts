import { describe, expect, it } from 'vitest'
import { en } from '../i18n/en.ts'
import { fr } from '../i18n/fr.ts'
import { monthOf, monthWord, weeksOf, within } from './month.ts'
import { recurrenceOf, recurrenceRule, recurrenceText } from './recurrence.ts'

describe('recurrence', () => {
  it.each([
    '',
    'FREQ=DAILY',
    'FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU;UNTIL=20261231',
    'FREQ=MONTHLY',
    'FREQ=MONTHLY;BYDAY=-1SU',
    'FREQ=WEEKLY;COUNT=4',
  ])('%s goes through the form unchanged', (rule) => expect(recurrenceRule(recurrenceOf(rule))).toBe(rule))
  it('is custom where the form cannot say it', () =>
    expect([recurrenceOf('FREQ=MONTHLY;BYDAY=1MO').kind, recurrenceOf('FREQ=HOURLY').kind]).toEqual([
      'custom',
      'custom',
    ]))
  it.each([
    ['', 'once', 'une fois'],
    ['FREQ=DAILY', 'every day', 'tous les jours'],
    ['FREQ=WEEKLY;BYDAY=SU', 'every week, on Sunday', 'chaque semaine, le dimanche'],
    [
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU;UNTIL=20261231',
      'every 2 weeks, on Saturday and Sunday, until 31 Dec 2026',
      'toutes les 2 semaines, le samedi et dimanche, jusqu’au 31 déc. 2026',
    ],
    ['FREQ=MONTHLY;BYDAY=-1SU', 'every month, on the last Sunday', 'chaque mois, le dernier dimanche'],
    ['FREQ=MONTHLY;BYMONTHDAY=1,15', 'every month, on day 1 and 15', 'chaque mois, le 1 et 15 du mois'],
    ['FREQ=YEARLY;COUNT=3', 'every year, 3 times', 'chaque année, 3 fois'],
    [
      'FREQ=MONTHLY;BYSETPOS=2;BYDAY=MO',
      'FREQ=MONTHLY;BYSETPOS=2;BYDAY=MO',
      'FREQ=MONTHLY;BYSETPOS=2;BYDAY=MO',
    ],
  ])('%s is “%s”', (rule, english, french) =>
    expect([
      recurrenceText(rule, { t: en, locale: 'en-GB' }),
      recurrenceText(rule, { t: fr, locale: 'fr-FR' }),
    ]).toEqual([english, french]),
  )
})

describe('month', () => {
  const november = { year: 2026, month: 10 }
  it('is whole weeks that begin on Monday', () => {
    const weeks = weeksOf(november)
    expect(weeks.map((week) => week.length)).toEqual(weeks.map(() => 7))
    expect(weeks.flat().every(({ fromMs }, i) => new Date(fromMs).getDay() === (i + 1) % 7)).toBe(true)
    expect(weeks.flat().filter(({ inMonth }) => inMonth)).toHaveLength(30)
  })
  it('goes over the year', () =>
    expect([monthWord({ year: 2026, month: 11 }, 1), monthWord({ year: 2026, month: 0 }, -1)]).toEqual([
      '2027-01',
      '2025-12',
    ]))
  it('reads the address and falls back to now', () =>
    expect([monthOf('2026-02', 0), monthOf('2026-13', new Date(2026, 10, 5).getTime())]).toEqual([
      { year: 2026, month: 1 },
      november,
    ]))
  it('puts what runs past midnight on both days', () => {
    const [first, second] = weeksOf(november).flat().slice(10)
    if (!first || !second) throw new Error('no days')
    const night = { from: first.toMs - 3_600_000, to: first.toMs + 3_600_000 }
    expect([within([night], first), within([night], second)]).toEqual([[night], [night]])
  })
})
