// Stage unknown_host: while no gateway is there to hear its host, nobody knows whether an alert still fires. What was not told
// waits, and so do steps and repetitions, until the host was heard or is offline. The platform's own alerts have no host.

import { mute, pass, type Stage } from './stage.ts'

export const unknownHost: Stage = ({ hostUnknown }) =>
  hostUnknown
    ? mute('unknown_host', { detail: 'no gateway is there to hear its host' })
    : pass('unknown_host')
