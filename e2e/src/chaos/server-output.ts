// What the servers print, kept in files beside the logs of the roles: a server that is started again begins anew.

import { appendFile } from 'node:fs/promises'

const OVERLAP = 400

export class ServerOutput {
  readonly #file: string
  readonly #output: () => string
  #known = ''

  constructor(file: string, output: () => string) {
    this.#file = file
    this.#output = output
  }

  /** Writes down what was printed since the last call; only the newest 16 KiB of it are known. */
  async note(): Promise<void> {
    const output = this.#output()
    const tail = this.#known.slice(-OVERLAP)
    const found = tail === '' ? -1 : output.lastIndexOf(tail)
    const news = found === -1 ? output : output.slice(found + tail.length)
    this.#known = output
    if (news !== '') await appendFile(this.#file, news)
  }
}
