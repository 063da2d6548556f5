import assert from 'node:assert/strict'
import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { hostTree } from '../testing/host-tree.ts'
import { SERVER } from '../testing/hosts.ts'
import { createUserNames } from './user-names.ts'

test('users are named by etc/passwd as it is now; strangers by their number', (t) => {
  const tree = hostTree(t, SERVER)
  const path = join(tree.roots.root, 'etc/passwd')
  const nameOf = createUserNames(path)
  assert.deepEqual([nameOf(0), nameOf(1000), nameOf(undefined)], ['root', '1000', ''])
  tree.write({
    'etc/passwd': 'root:x:0:0::/:/bin/sh\nalice:x:1000:1000::/:/bin/sh\ntwin:x:1000:1000::/:/bin/sh\n',
  })
  utimesSync(path, 1, 1)
  assert.equal(nameOf(1000), 'alice')
  tree.remove('etc/passwd')
  assert.equal(nameOf(1000), '1000')
})
