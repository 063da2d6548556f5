import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { temporaryDirectory } from '../testing/servers.ts'
import { runToEnd } from './child.ts'
import { download, DownloadFailed, type DownloadFault } from './download.ts'
import { fetchedProgram, releasePlatform, type NatsProgramOptions } from './nats-program.ts'

const content = randomBytes(300_000)
const sha256 = createHash('sha256').update(content).digest('hex')

async function serve(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  return `http://127.0.0.1:${address.port}`
}

test('a file with the right checksum arrives whole', async (t) => {
  const url = await serve(t, (_, response) => response.end(content))
  const to = join(await temporaryDirectory(t), 'deep', 'file')
  await download({ url, to, sha256, maxBytes: 1_000_000, timeoutMs: 5_000 })
  assert.deepEqual(await readFile(to), content)
  assert.deepEqual(await readdir(dirname(to)), ['file'])
})

const faulty: readonly {
  readonly says: string
  readonly answer: RequestListener
  readonly fault: DownloadFault
}[] = [
  { says: 'another content', answer: (_, response) => response.end('hello'), fault: 'wrong_checksum' },
  {
    says: 'a longer content',
    answer: (_, response) => response.end(Buffer.alloc(500_000)),
    fault: 'too_large',
  },
  {
    says: 'a connection that breaks',
    answer: (_, response) => {
      response.writeHead(200, { 'content-length': content.length })
      response.write(content.subarray(0, 1000), () => response.destroy())
    },
    fault: 'unreachable',
  },
  {
    says: 'an answer that does not end',
    answer: (_, response) => void response.write(content.subarray(0, 1000)),
    fault: 'too_slow',
  },
  { says: 'an answer that does not begin', answer: () => undefined, fault: 'too_slow' },
  {
    says: 'no such file',
    answer: (_, response) => {
      response.statusCode = 404
      response.end('not found')
    },
    fault: 'refused',
  },
]

for (const { says, answer, fault } of faulty)
  test(`${says}: ${fault}, and nothing is left`, async (t) => {
    const url = await serve(t, answer)
    const directory = await temporaryDirectory(t)
    const wanted = { url, to: join(directory, 'file'), sha256, maxBytes: 400_000, timeoutMs: 400 }
    await assert.rejects(
      download(wanted),
      (error) => error instanceof DownloadFailed && error.fault === fault,
    )
    assert.deepEqual(await readdir(directory), [])
  })

/** An archive as the releases are made, with a program that only tells its version. */
async function release(
  t: TestContext,
  version: string,
): Promise<{ url: string; sha256: string; asked: string[] }> {
  const directory = await temporaryDirectory(t)
  const name = `nats-server-v${version}-${releasePlatform()}`
  await mkdir(join(directory, name))
  await writeFile(join(directory, name, 'nats-server'), `#!/bin/sh\necho nats-server: v${version}\n`)
  const archive = join(directory, 'archive.tar.gz')
  await runToEnd('tar', ['-czf', archive, '-C', directory, name], { timeoutMs: 10_000 })
  const bytes = await readFile(archive)
  const asked: string[] = []
  const url = await serve(t, ({ url: path }, response) => {
    asked.push(path ?? '')
    response.end(bytes)
  })
  return { url, sha256: createHash('sha256').update(bytes).digest('hex'), asked }
}

async function options(
  t: TestContext,
  changed: Partial<NatsProgramOptions['lock']>,
): Promise<NatsProgramOptions> {
  const found = await release(t, '2.99.1')
  const lock = {
    version: '2.99.1',
    baseUrl: found.url,
    sha256: { [releasePlatform()]: found.sha256 },
    ...changed,
  }
  return { directory: await temporaryDirectory(t), lock, say: () => undefined }
}

test('the release archive becomes a program, once', async (t) => {
  const wanted = await options(t, {})
  const program = await fetchedProgram(wanted)
  assert.deepEqual(program, {
    path: join(wanted.directory, 'nats-server-2.99.1'),
    version: '2.99.1',
    forDevelopment: false,
  })
  assert.deepEqual(await readdir(wanted.directory), ['nats-server-2.99.1'])
  const again = await fetchedProgram({ ...wanted, lock: { ...wanted.lock, baseUrl: 'http://127.0.0.1:1' } })
  assert.deepEqual(again, program)
})

test('an archive with another checksum is not unpacked, and a line says so', async (t) => {
  const wanted = await options(t, { sha256: { [releasePlatform()]: sha256 } })
  const lines: string[] = []
  assert.equal(await fetchedProgram({ ...wanted, say: (line) => lines.push(line) }), undefined)
  assert.match(lines.join('\n'), /wrong checksum/)
  assert.deepEqual(await readdir(wanted.directory), [])
})

test('without a pinned checksum nothing is asked for, and a line says so', async (t) => {
  const wanted = await options(t, { sha256: {} })
  const lines: string[] = []
  assert.equal(await fetchedProgram({ ...wanted, say: (line) => lines.push(line) }), undefined)
  assert.match(lines.join('\n'), /no checksum of nats-server 2.99.1 is pinned for/)
})
