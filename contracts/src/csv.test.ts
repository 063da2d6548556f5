import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csvLine, toCsv } from './csv.ts'

test('quotes what would end a cell, and leaves what is missing empty', () => {
  const rows = [
    ['x,"y"', 'two\nlines'],
    [null, -2.5],
    [undefined, true],
  ]
  assert.equal(toCsv(['a', 'b'], rows), 'a,b\r\n"x,""y""","two\nlines"\r\n,-2.5\r\n,true\r\n')
})

test('defuses what a spreadsheet would run', () => {
  for (const formula of ['=1+1', '+1', '-cmd', '@SUM(A1)', '\t=1', '＝1+1'])
    assert.equal(csvLine([formula]), `'${formula}\r\n`)
  assert.equal(csvLine(['\n=1']), `"'\n=1"\r\n`)
})
