// A process that ships log files into a spool until it is killed: what the kill -9 test kills.

import { hostClock } from '../host-clock.ts'
import { createLogger } from '../log.ts'
import { shipLogs } from '../logs/log-shipper.ts'
import { parseLogsConfig } from '../logs/logs-config.ts'
import { logsLane } from './logs-lane.ts'

const [spool = '', ...paths] = process.argv.slice(2)
const config = parseLogsConfig({ files: [{ name: 'app', paths, from: 'beginning' }] })
const options = { config, chain: logsLane(spool), clock: hostClock(), logger: createLogger('warn') }
await shipLogs(options, new AbortController().signal)
