// OpenStack Swift, an object store that speaks S3, for tests: one process, one account, its data in a temporary directory.

import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { createS3Client } from '../archive/s3-client.ts'
import { startChild, waitUntilReady, type Child } from '../embedded/child.ts'
import { ensureTool } from '../embedded/tools.ts'
import { temporaryDirectory, type Scope } from './servers.ts'

const SCRIPT = fileURLToPath(new URL('./swift-server.py', import.meta.url))

export type SwiftServer = {
  readonly url: string
  readonly bucket: string
  readonly region: string
  readonly accessKey: string
  readonly secretKey: string
}

/** With an empty bucket. @throws ToolMissing where Debian's python3-swift is not and cannot be installed */
export async function testSwift(scope: Scope): Promise<SwiftServer> {
  let child: Child | undefined
  const directory = await temporaryDirectory(scope, async () => child?.stop('SIGKILL'))
  await ensureTool('swift')
  const [accessKey, secretKey] = ['test:archive', randomBytes(16).toString('hex')]
  child = await startChild('/usr/bin/python3', [SCRIPT, directory, accessKey, secretKey], {
    detached: true,
    guard: { signal: 'SIGKILL', afterS: 0 },
  })
  const url = `http://127.0.0.1:${await portOf(child)}`
  const server = { url, bucket: 'evidence', region: 'test-region', accessKey, secretKey }
  await createS3Client(server).request({ method: 'PUT', read: (response) => response.text() })
  return server
}

// The port is the first thing it prints.
async function portOf(child: Child): Promise<string> {
  let port: string | undefined
  await waitUntilReady(
    child,
    async () => {
      port = /^(\d+)\n/m.exec(child.output())?.[1]
      if (port === undefined) throw new Error('Swift has not said its port')
    },
    60_000,
  )
  return port ?? ''
}
