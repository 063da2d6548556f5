// What projectors are made with, by the configuration of the process.

import { keptDays } from './kept-days.ts'
import { lokiOptions } from './loki.ts'
import type { Platform } from './platform.ts'
import type { ProjectorParts } from './projectors.ts'

const NOBODY: ProjectorParts['live'] = { publishLive: () => undefined }

/** @param live whom they tell what they have written; absent: nobody */
export const projectorParts = async (
  { config, logger, latestCache }: Pick<Platform, 'config' | 'logger' | 'latestCache'>,
  live = NOBODY,
): Promise<ProjectorParts> => ({
  live,
  logger,
  cache: await latestCache(),
  kept: keptDays(config),
  loki: lokiOptions(config),
})
