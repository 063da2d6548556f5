// Shows the address to whoever sits in front of the machine; on a server nobody does, and nothing happens.

import { spawn } from 'node:child_process'
import { findProgram } from '@secumon/infra/embedded/tools'
import { hasDesktop } from '../config.ts'

export async function openInBrowser(url: string): Promise<void> {
  if (!process.stdout.isTTY || !hasDesktop()) return
  const program = await findProgram([process.platform === 'darwin' ? 'open' : 'xdg-open'])
  if (program === undefined) return
  const child = spawn(program, [url], { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
}
