// `secumon version`.

import type { Command } from 'commander'
import { productVersion } from '../version.ts'

export const define = (command: Command): void =>
  void command.action(async () => console.log(`secumon ${await productVersion()} (node ${process.version})`))
