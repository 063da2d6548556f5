// `secumon verify <projection>`: builds it again from archive and log and compares. Exits with 65 when a row differs.

import { verify, type Verified } from '@secumon/projections/rebuild/verify'
import { leftOutOf, tenantsLeftOut } from '@secumon/projections/samples/left-out'
import type { Command } from 'commander'
import { buildSources } from '../build-sources.ts'
import { settingNames } from '../config/settings.ts'
import { Exit, exitCode } from '../exit.ts'
import { reached, type Platform } from '../platform.ts'
import { explained, stoppable } from '../rebuild-run.ts'
import { progressView } from '../rebuild-view.ts'
import { withPlatform } from './command-platform.ts'
import { addSettings, flagsOf } from './options.ts'

export const define = (command: Command): void =>
  void addSettings(command, settingNames)
    .argument('<projection>', 'samples or agents')
    .action((projection: string, options: Record<string, unknown>) =>
      withPlatform(flagsOf(options, settingNames), async (platform) => {
        const verified = await reached('the comparison', () => explained(() => compare(platform, projection)))
        for (const line of report(verified)) console.log(line)
        if (verified.tables.some(isDifferent)) process.exitCode = exitCode.data
      }),
    )

/** Custom metrics of so many tenants cannot be compared. */
type Compared = Verified & { readonly tenantsLeftOut: number }

async function compare(platform: Platform, projection: string): Promise<Compared> {
  const sources = await buildSources(platform, projection)
  if (!sources.projector.tables)
    throw new Exit(exitCode.usage, `${projection} has no tables that could be built again and compared`)
  const { signal, forget } = stoppable()
  const view = progressView(process.stdout, () => platform.clock.monotonicMs())
  const leftOut = await leftOutOf(sources.db, projection, platform.clock.nowMs())
  try {
    const verified = await verify({
      ...sources,
      signal,
      onProgress: view.show,
      ...(leftOut && { leftOut }),
    })
    return { ...verified, tenantsLeftOut: await tenantsLeftOut(sources.db, projection) }
  } finally {
    view.end()
    forget()
  }
}

const isDifferent = ({ onlyLive, onlyShadow }: Verified['tables'][number]): boolean =>
  onlyLive + onlyShadow > 0

function report({ live, tables, shortened, tenantsLeftOut: tenants }: Compared): string[] {
  const lines = tables.flatMap((compared) => {
    const { table, rows, onlyLive, onlyShadow, first } = compared
    const verdict = isDifferent(compared)
      ? `${onlyLive} only in the live generation, ${onlyShadow} only in what archive and log give`
      : 'the same'
    const differing = first.map(({ side, row }) => `  ${side === 'live' ? '-' : '+'} ${JSON.stringify(row)}`)
    return [`${live.schema}.${table}: ${rows.toLocaleString('en')} rows, ${verdict}`, ...differing]
  })
  if (tenants > 0)
    lines.push(
      `custom metrics of ${tenants} tenants are not compared: values beyond their number of series were refused`,
    )
  if (shortened > 0)
    lines.push(
      `of ${shortened} agents the live generation knows more than archive and log hold: compared from there on`,
    )
  return lines
}
