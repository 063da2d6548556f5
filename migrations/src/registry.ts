// Every migration, by name. They run in alphabetical order, each once, all in one transaction.
// A name is never changed after it was released.

import type { Migration } from 'kysely/migration'
import * as platform from './0001-platform.ts'
import * as vault from './0002-vault.ts'
import * as facts from './0003-facts.ts'
import * as keys from './0004-keys.ts'
import * as archive from './0005-archive.ts'
import * as generations from './0006-generations.ts'
import * as doubtedTicks from './0007-doubted-ticks.ts'
import * as alerting from './0008-alerting.ts'
import * as listeners from './0009-listeners.ts'
import * as partFailures from './0010-part-failures.ts'
import * as storage from './0011-storage.ts'
import * as tenantFloors from './0012-tenant-floors.ts'

export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001_platform': platform,
  '0002_vault': vault,
  '0003_facts': facts,
  '0004_keys': keys,
  '0005_archive': archive,
  '0006_generations': generations,
  '0007_doubted_ticks': doubtedTicks,
  '0008_alerting': alerting,
  '0009_listeners': listeners,
  '0010_part_failures': partFailures,
  '0011_storage': storage,
  '0012_tenant_floors': tenantFloors,
}
