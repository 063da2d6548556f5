// A process that appends frames as fast as it can and says so after each: what the kill -9 test kills.

import { openSpool } from '../spool/file-spool.ts'
import { hostClock, sealedNow } from '../host-clock.ts'
import { frameAfter, TEST_ANCHOR } from './chain.ts'
import { writeSync } from 'node:fs'

const [directory = ''] = process.argv.slice(2)
const clock = hostClock()
const spool = openSpool({ directory, anchor: TEST_ANCHOR, clock })
for (;;) {
  spool.append(frameAfter(spool.head, 500), sealedNow(clock))
  writeSync(1, `${spool.head.sequence}\n`)
}
