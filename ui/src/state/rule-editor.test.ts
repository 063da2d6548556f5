import { beforeAll, describe, expect, it } from 'vitest'
import type { RuleEditor as Editor } from './rule-editor.svelte.ts'
import { installBrowser, serve } from './testing/browser.ts'

let RuleEditor: typeof Editor
beforeAll(async () => {
  installBrowser()
  RuleEditor = (await import('./rule-editor.svelte.ts')).RuleEditor
})

describe('a rule while it is edited', () => {
  it('asks nobody while a field holds no number', async () => {
    const asked = serve(() => ({}))
    const editor = new RuleEditor()
    editor.form.threshold = 'lots'
    expect(await editor.save()).toBe(false)
    expect([editor.fault('threshold'), asked.length]).toEqual(['Write a number.', 0])
  })
  it('puts the refusal beside its field until the form is changed', async () => {
    serve(() => ({ error: 'cpu.usage_percent is 0 to 100 %: it can never cross 140', code: 400 }))
    const editor = new RuleEditor()
    editor.form.threshold = '140'
    expect(await editor.save()).toBe(false)
    expect([editor.fault('threshold'), editor.fault('name')]).toEqual([
      'cpu.usage_percent is 0 to 100 %: it can never cross 140',
      '',
    ])
    editor.form.threshold = '90'
    expect(editor.fault('threshold')).toBe('')
  })
  it('sends what the form says and knows when it differs from what is saved', async () => {
    const asked = serve(() => ({ rule: {}, history: [] }))
    const editor = new RuleEditor()
    expect(editor.dirty).toBe(false)
    editor.form.name = 'Busy '
    expect(editor.dirty).toBe(true)
    expect(await editor.save()).toBe(true)
    expect(asked).toMatchObject([
      { method: 'POST', path: '/rules?platform=false', body: { spec: { name: 'Busy' } } },
    ])
  })
  it('can be previewed once an agent is chosen and there is a metric', () => {
    const editor = new RuleEditor()
    expect(editor.canPreview).toBe(false)
    editor.agent = 'A'
    expect(editor.canPreview).toBe(true)
    editor.form.kind = 'offline'
    expect(editor.canPreview).toBe(false)
  })
})
