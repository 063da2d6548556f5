import assert from 'node:assert/strict'
import { mkdir, readdir } from 'node:fs/promises'
import { test } from 'node:test'
import { pathFault } from './path-faults.ts'

const faultOf = (work: Promise<unknown>) => work.then(() => undefined, pathFault)

test('a refusal of the file system names the path and the reason', async () => {
  const file = import.meta.filename
  assert.equal(await faultOf(mkdir(file)), `${file} cannot be used: there is a file of that name`)
  assert.equal(
    await faultOf(readdir(`${file}/a`)),
    `${file}/a cannot be used: it is a file, or lies below one`,
  )
})

test('another error is none of its business', () => {
  assert.equal(pathFault(new Error('ENOENT')), undefined)
  assert.equal(pathFault(Object.assign(new Error(), { code: 'ECONNREFUSED', path: '/x' })), undefined)
})
