// `secumon export`: rules, channels, policies, schedules, maintenances, silences and retention of a tenant as a file that
// `secumon apply` reads. Secrets stay where they are.

import { DEFAULT_TENANT, isTenant } from '@secumon/contracts/subjects'
import type { Command } from 'commander'
import { settingNames } from '../config/settings.ts'
import { exportContent } from '../content/apply-content.ts'
import { writeContent } from '../content/content-file.ts'
import { CONTENT_KINDS } from '../content/content-kinds.ts'
import { existingContent } from '../content/existing-content.ts'
import { Exit, exitCode } from '../exit.ts'
import { readableLog } from '../log-patience.ts'
import { withPlatform } from './command-platform.ts'
import { addSettings, flagsOf } from './options.ts'

type Options = Record<string, unknown> & { tenant: string }

export const define = (command: Command): void =>
  void addSettings(command, settingNames)
    .option('--tenant <name>', 'whose content; `system` is the platform’s own', DEFAULT_TENANT)
    .action(async (options: Options) => {
      const { tenant } = options
      if (!isTenant(tenant)) throw new Exit(exitCode.usage, `not a tenant: ${tenant}`)
      await withPlatform(flagsOf(options, settingNames), async (platform) => {
        const log = await readableLog(platform)
        const wanted = { tenant, kinds: CONTENT_KINDS }
        const existing = await existingContent(log, await platform.keys(), wanted)
        const nowMs = platform.clock.nowMs()
        process.stdout.write(writeContent(exportContent({ existing, nowMs })))
      })
    })
