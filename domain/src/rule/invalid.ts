// How a rule is refused.

import { Rejected } from '../rejected.ts'

/** @param reason what is wrong and what to do about it, as an operator says it */
export const invalid = (reason: string): Rejected => new Rejected('invalid', reason)
