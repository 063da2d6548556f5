import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { EXAMPLE, exampleWith } from './example-message.ts'
import { MAX_TEMPLATE_CHARS, renderTemplate, TEMPLATE_NAMES, templateFault } from './template.ts'
import { messageView } from './variables.ts'

const view = messageView(EXAMPLE, { ...EXAMPLE, language: 'en', timeZone: 'UTC' })
const rendered = (template: string, message = EXAMPLE): string =>
  renderTemplate(template, messageView(message, { ...message, language: 'en', timeZone: 'UTC' }))

const TEMPLATES: readonly [template: string, text: string][] = [
  ['', ''],
  ['{{severity}}/{{tenant}}', 'critical/main'],
  ['{{#alerts}}{{agent}}:{{dimension}} {{reading}}{{/alerts}}', 'web-1:/var 96.2 % (threshold 90 %)'],
  ['{{#alerts}}{{labels.mount}} {{labels.nobody}}|{{incident}}{{/alerts}}', `/var |${EXAMPLE.incident}`],
  ['{{^is_resolved}}open{{/is_resolved}}{{#is_resolved}}over{{/is_resolved}}', 'open'],
  ['{{{time}}} = {{&time_iso}}', '15 Jan 2026, 03:14:05 UTC = 2026-01-15T03:14:05.000Z'],
  ['{{! a remark }}{{why}}', ''],
  ['{{#alerts}}{{labels.constructor}}{{labels.__proto__}}{{/alerts}}', ''],
]
for (const [template, text] of TEMPLATES)
  test(`${template || 'an empty one'} is rendered`, () => {
    assert.equal(templateFault(template), undefined)
    assert.equal(rendered(template), text)
  })

const FAULTS: readonly [template: string, fault: RegExp][] = [
  ['{{host}}', /^there is no \{\{host\}\}; there are title, text, .*alerts$/],
  ['{{agent}}', /^there is no \{\{agent\}\}/],
  ['{{#alerts}}{{alerts}}{{/alerts}}', /^there is no \{\{alerts\}\}; there are rule, .*labels\.<name>/],
  ['{{constructor}}', /^there is no/],
  ['{{title.length}}', /^there is no/],
  ['{{#alerts}}{{labels.a.b}}{{/alerts}}', /^there is no/],
  ['{{> partial}}', /partials/],
  ['{{=<% %>=}}<% title %>', /other delimiters/],
  ['{{#alerts}}', /Unclosed section/],
  ['{{/alerts}}', /Unopened section/],
  ['{{title', /Unclosed tag/],
  ['x'.repeat(MAX_TEMPLATE_CHARS + 1), /more than 8000 characters/],
  ['{{title}}'.repeat(201), /201 tags/],
  ['{{#title}}'.repeat(6) + '{{/title}}'.repeat(6), /nested deeper/],
]
for (const [template, fault] of FAULTS)
  test(`${template.slice(0, 40)} is refused`, () => {
    assert.match(templateFault(template) ?? '', fault)
    assert.throws(() => renderTemplate(template, view), { code: 'invalid' })
  })

test('every name that is told to people can be used', () => {
  const inMessage = TEMPLATE_NAMES.message.map((name) => `{{${name}}}`).join('')
  const inAlert = TEMPLATE_NAMES.alert.map((name) => `{{${name.replace('<name>', 'mount')}}}`).join('')
  assert.equal(templateFault(`${inMessage}{{#alerts}}${inAlert}{{/alerts}}`), undefined)
})

test('values are never templates, nor markup', () =>
  assert.equal(
    rendered('{{#alerts}}{{agent}}{{/alerts}}', exampleWith({ agentName: '{{tenant}} & <b>' })),
    '{{tenant}} & <b>',
  ))

test('of a thousand alerts a template sees twenty, and how many there are', () => {
  const [alert] = EXAMPLE.alerts
  assert.ok(alert)
  const many = { ...EXAMPLE, alerts: Array.from({ length: 1_000 }, () => alert) }
  assert.equal(
    rendered('{{#alerts}}x{{/alerts}} {{count}} {{more_count}}', many),
    `${'x'.repeat(20)} 1000 980`,
  )
})

test('the documentation has every name', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/channels.md'), 'utf8')
  const missing = [...TEMPLATE_NAMES.message, ...TEMPLATE_NAMES.alert].filter(
    (name) => !page.includes(`\`${name}\``),
  )
  assert.deepEqual(missing, [])
})
