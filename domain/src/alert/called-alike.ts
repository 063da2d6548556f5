// Whether there is anything new to say of what an alert is called.

import { clone, equals } from '@bufbuild/protobuf'
import { AlertOriginSchema, type AlertOrigin } from '@secumon/contracts/gen/alert'

/** True when both say the same of it; another version of its rule alone is nothing to say. */
export function isCalledAlike(a: AlertOrigin, b: AlertOrigin): boolean {
  const other = clone(AlertOriginSchema, b)
  other.ruleVersion = a.ruleVersion
  return equals(AlertOriginSchema, a, other)
}
