import { TimelineFault } from '@secumon/domain/timeline/fault'
import { describeFailure } from '@secumon/domain/timeline/run-timeline'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { runScript } from './run-script.ts'

const HEADER = `agents: [web-1, { name: web-2, tags: [web] }]
channels: [oncall]
rules:
  - { name: CPU busy, severity: critical, condition: { kind: metric, metric: cpu.usage_percent, comparison: gt, threshold: 90 } }
---
`

describe('a script that comes otherwise', () => {
  const said = async (lines: string): Promise<string> =>
    (await runScript(HEADER + lines)).map((failure) => describeFailure('a.timeline', failure)).join('\n')

  test('says at which line, in its own words', async () =>
    assert.equal(
      await said('0s  web-1 cpu=50\n1m  web-1 cpu=96   | firing web-2, notify oncall\n'),
      `a.timeline:7: 1m  web-1 cpu=96   | firing web-2, notify oncall
    did not happen: firing web-2
    not expected:   firing web-1 'CPU busy' value=96`,
    ))

  test('also where nothing was to happen between two lines, with the time', async () =>
    assert.equal(
      await said('0s  web-1 cpu=96-6/m\n90s\n'),
      `a.timeline:6: 0s  web-1 cpu=96-6/m
    not expected:   firing web-1 'CPU busy' value=96
    not expected:   notify oncall firing=1
a.timeline:7: before this line: 90s
    not expected:   at 1m: resolved web-1 'CPU busy' value=90
    not expected:   at 1m: notify oncall resolved resolved=1`,
    ))

  test('needs what is out of the ordinary to be said', async () => {
    const lines = '0s  web-1 cpu=5\n1m  web-1 offline\n1h  web-1 cpu=96@-30m, web-1 online'
    assert.match(await said(`${lines} | firing, resolved\n`), /happen: firing\n.*expected: {3}firing late/)
  })

  test('pairs what is expected with what happened, however it is ordered', async () =>
    assert.equal(
      await said(`0s  web-1 cpu=96, web-2 cpu=97
    | firing, firing web-1, often notify oncall
`),
      '',
    ))

  test('expects often what happens once or more', async () => {
    const lines = '0s  channel oncall fails, web-1 cpu=96   | firing, failed oncall\n'
    assert.equal(await said(`${lines}1s..1h  | often failed oncall\n`), '')
    assert.match(
      await said(`${lines}1s..1h  | often failed oncall, often dead oncall\n`),
      /: often dead oncall/,
    )
  })
})

const faulty: [says: string, script: string, place: string, reason: RegExp][] = [
  ['no ruler', 'agents: [a]\n0s cpu=1', '1:1', /---/],
  ['nothing after it', HEADER, '5:1', /nothing happens/],
  ['YAML that is none', 'agents: [a\nrules: []\n---\n0s', '2:1', /./],
  ['a key that is none', 'agents: [a]\nrulez: []\n---\n0s', '1:1', /rulez/],
  ['a rule that cannot work', HEADER.replace('cpu.usage_percent', 'cpu.colour') + '0s', '4:5', /cpu\.colour/],
  ['a zone that is none', 'time_zone: Mars/Olympus\n---\n0s', '1:1', /Europe\/Paris/],
  ['a time that is none', HEADER + '5x  cpu=1', '6:1', /not a time: 5x/],
  ['a time that goes back', HEADER + '5m\n4m', '7:1', /before the line above/],
  ['a line without a time', HEADER + '0s\n  cpu=1', '7:3', /not a time/],
  ['a metric that is none', HEADER + '0s  web-1 cpuu=1', '6:11', /no metric cpuu/],
  ['a value that is none', HEADER + '0s  web-1 cpu=high', '6:11', /not a value/],
  ['a dimension that is missing', HEADER + '0s  web-1 disk=9', '6:11', /which mount/],
  ['a host that is none', HEADER + '0s  web-9 cpu=1', '6:5', /no host web-9/],
  ['a host that has to be said', HEADER + '0s  cpu=1', '6:5', /which host: web-1, web-2/],
  ['a channel that is none', HEADER + '0s  channel boss fails', '6:13', /no channel boss: there are oncall/],
  ['a verb that is none', HEADER + '0s  web-1 explodes', '6:11', /online or cut or offline/],
  ['a word too many', HEADER + '0s  gateway down now', '6:18', /now says nothing/],
  ['a word too few', HEADER + '0s  silence agent=web-1', '6:24', /for how long is missing/],
  ['an alert that is none', HEADER + '0s  ack', '6:5', /no such alert/],
  [
    'an alert that has to be said',
    HEADER + '0s  web-1 cpu=96, web-2 cpu=96\n1s  ack',
    '7:5',
    /say which alert/,
  ],
  ['what never happens', HEADER + '0s  | fireing', '6:7', /fireing never happens/],
  ['a quote without end', HEADER + "0s  | muted 'x", '6:13', /not closed/],
  ['two bars', HEADER + '0s  | firing | resolved', '6:14', /one `\|`/],
  ['a comma too many', HEADER + '0s  web-1 cpu=1, , web-2 cpu=1', '6:18', /nothing stands before/],
  ['more time than can pass', HEADER + '0s  web-1 cpu=1\n100000d', '7:1', /the most: shorten the time/],
  [
    'a period that is too short',
    HEADER.replace('agents: [', 'period: 1ms\nagents: [') + '0s  web-1 cpu=1\n1d',
    '8:1',
    /lengthen the period/,
  ],
  ['more of the past than can be sent', HEADER + '0s  web-1 cpu=1@-9000d..-1d', '6:1', /shorten the time/],
  ['changes that are none', HEADER + '0s  apply stricter', '6:11', /no changes named stricter/],
]

describe('a script that cannot be run says where', () => {
  for (const [says, script, place, reason] of faulty)
    test(says, () =>
      assert.rejects(runScript(script), (error) => {
        assert.ok(error instanceof TimelineFault)
        assert.match(error.message, reason)
        assert.equal(`${error.place.line}:${error.place.column}`, place)
        return true
      }),
    )
})
