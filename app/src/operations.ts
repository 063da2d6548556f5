// /health and /metrics of a process whose roles have no HTTP server of their own.

import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { Registry } from 'prom-client'
import { Exit, exitCode } from './exit.ts'
import type { Health, RunningRole } from './roles/role.ts'

export type OperationsOptions = {
  readonly host: string
  readonly port: number
  readonly registry: Registry
  readonly running: ReadonlyMap<string, RunningRole>
}

/** @throws Exit 69 when the port is taken */
export async function startOperations(
  options: OperationsOptions,
): Promise<{ readonly stop: () => Promise<void> }> {
  const { host, port } = options
  const server = createServer({ requestTimeout: 5_000 }, (request, response) => {
    void answer(options, request.url ?? '', response).catch(() => response.destroy())
  })
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (cause) {
    throw new Exit(
      exitCode.unavailable,
      `port ${port} of ${host} cannot be used for operations: ${String(cause)}`,
      { cause },
    )
  }
  return {
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function answer(
  { registry, running }: OperationsOptions,
  url: string,
  response: ServerResponse,
): Promise<void> {
  if (url === '/metrics') {
    response.setHeader('content-type', registry.contentType)
    response.end(await registry.metrics())
    return
  }
  const health = url === '/health' ? healthOf(running) : undefined
  response.statusCode = health === undefined ? 404 : health.status === 'unhealthy' ? 503 : 200
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(health ?? { error: 'not found', code: 404 }))
}

export type ProcessHealth = {
  readonly status: Health['status']
  readonly roles: Readonly<Record<string, Health>>
}

/** The worst of the roles; a role that says nothing is healthy. */
export function healthOf(running: ReadonlyMap<string, RunningRole>): ProcessHealth {
  const roles = Object.fromEntries(
    [...running].map(([name, role]) => [name, role.health?.() ?? { status: 'healthy' as const }]),
  )
  const found = new Set(Object.values(roles).map(({ status }) => status))
  const status = (['unhealthy', 'degraded'] as const).find((worse) => found.has(worse)) ?? 'healthy'
  return { status, roles }
}
