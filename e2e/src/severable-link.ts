// A TCP link that a story can cut, stall and mend: what a firewall or a pulled cable does to an agent.

import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

const LOOPBACK = '127.0.0.1'

export class SeverableLink {
  readonly port: number
  readonly #server: Server
  readonly #pairs = new Map<Socket, Socket>()
  #targetPorts: readonly number[]
  #connections = 0
  #state: 'whole' | 'cut' | 'stalled' = 'whole'

  private constructor(server: Server, port: number, targetPorts: readonly number[]) {
    this.#server = server
    this.port = port
    this.#targetPorts = targetPorts
  }

  /** Passes everything on to a port of loopback; to several in turn, connection by connection. @param host to listen on */
  static async open(targetPorts: number | readonly number[], host = LOOPBACK): Promise<SeverableLink> {
    const server = createServer().listen(0, host)
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const link = new SeverableLink(server, address.port, [targetPorts].flat())
    server.on('connection', (socket) => link.#pass(socket))
    return link
  }

  /** Breaks what is open and refuses what comes. */
  cut(): void {
    this.#state = 'cut'
    this.#break()
  }

  /** Nothing passes any more and nobody is told: what is open stays open, what comes is taken and not answered. */
  stall(): void {
    this.#state = 'stalled'
    for (const [socket, target] of this.#pairs) {
      socket.unpipe(target)
      target.unpipe(socket)
    }
  }

  /** Leads to another port from now on; what is open breaks. */
  lead(...targetPorts: readonly number[]): void {
    this.#targetPorts = targetPorts
    this.#break()
  }

  mend(): void {
    if (this.#state === 'stalled')
      for (const [socket, target] of this.#pairs) socket.pipe(target).pipe(socket)
    this.#state = 'whole'
  }

  async close(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #break(): void {
    for (const [socket, target] of this.#pairs) for (const end of [socket, target]) end.destroy()
  }

  #pass(socket: Socket): void {
    if (this.#state === 'cut') return void socket.destroy()
    const targetPort = this.#targetPorts[this.#connections++ % this.#targetPorts.length] ?? 0
    const target = connect(targetPort, LOOPBACK)
    this.#pairs.set(socket, target)
    for (const end of [socket, target]) {
      end.on('close', () => this.#pairs.delete(socket))
      end.on('error', () => end.destroy())
    }
    if (this.#state === 'whole') socket.pipe(target).pipe(socket)
    socket.on('close', () => target.destroy())
    target.on('close', () => socket.destroy())
  }
}
