// The role `projector`: a loop for each read model and stream.

import { readModels } from '../projectors.ts'
import type { Platform } from '../platform.ts'
import { startLoops } from '../project-loops.ts'
import type { RunningRole } from './role.ts'

export const startProjector = (platform: Platform): Promise<RunningRole> =>
  startLoops(platform, { user: 'projector', makers: readModels })
