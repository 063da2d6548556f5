// A TCP link that a story can cut and mend: what a firewall or a pulled cable does to an agent.

import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

export class SeverableLink {
  readonly port: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #targetPort: number
  #isCut = false

  private constructor(server: Server, port: number, targetPort: number) {
    this.#server = server
    this.port = port
    this.#targetPort = targetPort
  }

  /** Listens on loopback and passes everything on to `targetPort`. */
  static async open(targetPort: number): Promise<SeverableLink> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const link = new SeverableLink(server, address.port, targetPort)
    server.on('connection', (socket) => link.#pass(socket))
    return link
  }

  /** Breaks what is open and refuses what comes. */
  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Leads to another port from now on; what is open breaks. */
  lead(targetPort: number): void {
    this.#targetPort = targetPort
    for (const socket of this.#sockets) socket.destroy()
  }

  mend(): void {
    this.#isCut = false
  }

  async close(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #pass(socket: Socket): void {
    if (this.#isCut) return void socket.destroy()
    const target = connect(this.#targetPort, '127.0.0.1')
    for (const end of [socket, target]) {
      this.#sockets.add(end)
      end.on('close', () => this.#sockets.delete(end))
      end.on('error', () => end.destroy())
    }
    socket.pipe(target).pipe(socket)
    socket.on('close', () => target.destroy())
    target.on('close', () => socket.destroy())
  }
}
