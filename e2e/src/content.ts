// Rules, channels and policies of a story, brought in as an operator would: by `secumon apply`.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Platform } from './platform.ts'

export type Content = Readonly<Partial<Record<'channels' | 'policies' | 'rules', readonly object[]>>>

/** The file may lie there before any role runs: it waits for the log. @throws Error when an item is refused */
export async function applyContent(platform: Platform, content: Content): Promise<void> {
  const file = join(platform.directory, 'content.json')
  await writeFile(file, JSON.stringify(content))
  await platform.command('apply', file)
}

/** What lets messages go to receivers on this machine. */
export const RECEIVERS_HERE = { SECUMON_NOTIFY_ALLOW_PRIVATE: '127.0.0.1' }

/** One message at once about each alert, again about each change; to the receiver alone. */
export const tellAtOnce = (channel: string, matchers: readonly object[]): object => ({
  name: 'at once',
  matchers,
  group_by: ['rule', 'agent'],
  group_interval: '0s',
  steps: [{ delay: '0s', targets: [{ channel }] }],
})
