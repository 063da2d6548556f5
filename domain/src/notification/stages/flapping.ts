// Stage flapping: what changes again and again is told when it has settled.

import { mute, pass, type Stage } from './stage.ts'

export const flapping: Stage = (alert) =>
  alert.flapping ? mute('flapping', { by: alert.id, detail: 'it changes again and again' }) : pass('flapping')
