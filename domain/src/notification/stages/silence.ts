// Stage silence: somebody has said that nobody is to be told.

import { mute, pass, type Stage } from './stage.ts'

export const silence: Stage = ({ labels }, { tenant, atMs }) => {
  const found = tenant.silences.covering(labels, atMs)
  if (!found) return pass('silence')
  return mute('silence', { by: found.id, detail: found.reason, untilMs: found.expiresAtMs })
}
