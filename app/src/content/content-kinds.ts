// Every kind of content, one line each; what others refer to comes before them.

import type { ContentKind } from './content-kind.ts'
import { ruleKind } from './rule-kind.ts'

export const CONTENT_KINDS: readonly ContentKind[] = [ruleKind]
