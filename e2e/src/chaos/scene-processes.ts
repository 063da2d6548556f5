// How each process of the scene is started, the first time and after each fault.

import { join } from 'node:path'
import { startNatsServer } from '@secumon/infra/embedded/nats-server'
import { startPostgres } from '@secumon/infra/embedded/postgres'
import { ensureTool } from '@secumon/infra/embedded/tools'
import { VOLATILE_SETTINGS, type Platform } from '../platform.ts'
import { roleCommand, startProgram } from './role-process.ts'
import { GATEWAYS, type KeptStart, type RoleProcessName, type Scene } from './scene.ts'

/** The platform has started it once already. */
export function natsProcess(platform: Platform): KeptStart {
  let isFirst = true
  return async () => {
    if (!isFirst)
      platform.nats = await startNatsServer({
        program: await ensureTool('nats-server'),
        directory: join(platform.directory, 'nats'),
        port: platform.nats.port,
        guardAfterS: 0,
      })
    isFirst = false
    return platform.nats.child
  }
}

export function postgresProcess(platform: Platform): KeptStart {
  let isFirst = true
  return async () => {
    if (!isFirst)
      platform.postgres = await startPostgres({
        directory: join(platform.directory, 'postgres'),
        settings: VOLATILE_SETTINGS,
        port: platform.postgres.port,
        guardAfterS: 0,
      })
    isFirst = false
    return platform.postgres.child
  }
}

export function roleProcess(scene: Scene, name: RoleProcessName): KeptStart {
  const { platform, network, clocks } = scene
  const isGateway = GATEWAYS.some((gateway) => gateway === name)
  return () =>
    startProgram({
      ...roleCommand(isGateway ? 'ingest' : name),
      environment: { ...platform.environment, ...network.environmentOf(name), ...clocks.environmentOf(name) },
      logFile: scene.logFile(name),
    })
}
