// Several connections of PostgreSQL's protocol (version 3.0) on one session: whoever begins a transaction keeps the session
// until it ends. What belongs to a session (settings, its advisory locks) belongs to all of them.

import type { Socket } from 'node:net'

export type Session = { execProtocolRaw(message: Uint8Array): Promise<Uint8Array> }

/** The session and the end of the queue of those who wait for it. */
export type Shared = { readonly session: Session; turns: Promise<void> }

const SYNC = Buffer.from('S\0\0\0\x04', 'latin1')
const [SYNC_TYPE, QUERY_TYPE, TERMINATE_TYPE, READY_TYPE, IDLE] = Buffer.from('SQXZI')
/** AuthenticationOk, and what clients are told of the server before they may ask. */
const WELCOME = Buffer.concat([
  message('R', Buffer.alloc(4)),
  ...Object.entries({
    server_version: '17.5',
    client_encoding: 'UTF8',
    standard_conforming_strings: 'on',
  }).map(([name, value]) => message('S', Buffer.from(`${name}\0${value}\0`))),
  message('K', Buffer.alloc(8)),
  message('Z', Buffer.from('I')),
])

/** Answers one client until it leaves. */
export function serveConnection(socket: Socket, shared: Shared): void {
  let work = Promise.resolve()
  let release: (() => void) | undefined

  async function answer(request: Uint8Array): Promise<void> {
    release ??= await turn(shared)
    const reply = await asked(shared.session, request)
    if (reply.at(-1) === IDLE) {
      release()
      release = undefined
    }
    if (socket.writable) socket.write(reply)
  }

  async function leave(): Promise<void> {
    if (release === undefined) return
    await asked(shared.session, query('rollback'))
    release()
  }

  async function greet(startup: Buffer): Promise<void> {
    const finish = await turn(shared)
    for (const [, name, value] of startup.toString().matchAll(/-c ([\w.]+)=(\w+)/g))
      await asked(shared.session, query(`set ${name} = '${value}'`))
    finish()
    socket.write(WELCOME)
  }

  onMessages(socket, {
    startup: (first) => void (work = greet(first)),
    request: (request) => {
      if (request[0] === TERMINATE_TYPE) socket.end()
      else work = work.then(() => answer(request))
    },
  })
  socket.on('error', () => socket.destroy())
  socket.on('close', () => void work.then(leave))
}

type Take = (message: Buffer) => void

/** Calls for what the client says first, then for each of its requests, in order. */
function onMessages(socket: Socket, { startup, request }: Record<'startup' | 'request', Take>): void {
  let received = Buffer.alloc(0)
  let sizeOf = startupSize
  socket.on('data', (bytes) => {
    received = Buffer.concat([received, bytes])
    for (let size = sizeOf(received); size > 0; size = sizeOf(received)) {
      const take = sizeOf === startupSize ? startup : request
      take(received.subarray(0, size))
      received = received.subarray(size)
      sizeOf = requestSize
    }
  })
}

/** Bytes of the first message, which has no type; 0 while it is not all there. */
function startupSize(bytes: Buffer): number {
  const size = bytes.length >= 4 ? bytes.readInt32BE() : Infinity
  return size > bytes.length ? 0 : size
}

/** Bytes of the messages up to one that is answered by ReadyForQuery, or of a farewell; 0 while they are not all there. */
function requestSize(bytes: Buffer): number {
  let end = 0
  while (bytes.length >= end + 5) {
    const type = bytes[end]
    end += 1 + bytes.readInt32BE(end + 1)
    if (end > bytes.length) return 0
    if (type === SYNC_TYPE || type === QUERY_TYPE || type === TERMINATE_TYPE) return end
  }
  return 0
}

// After an error in a simple query this server forgets to say that it is ready.
async function asked(session: Session, request: Uint8Array): Promise<Buffer> {
  const reply = Buffer.from(await session.execProtocolRaw(request))
  if (reply.at(-6) === READY_TYPE) return reply
  return Buffer.concat([reply, await session.execProtocolRaw(SYNC)])
}

async function turn(shared: Shared): Promise<() => void> {
  const before = shared.turns
  const { promise, resolve } = Promise.withResolvers<void>()
  shared.turns = promise
  await before
  return resolve
}

const query = (text: string): Buffer => message('Q', Buffer.from(`${text}\0`))

function message(type: string, content: Uint8Array): Buffer {
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(4 + content.length, 1)
  return Buffer.concat([head, content])
}
