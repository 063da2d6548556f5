// A real mail server on this machine, with accounts and TLS: it keeps what it took.

import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import type { TlsFiles } from './receiver.ts'

export type TakenMail = {
  readonly from: string
  readonly to: readonly string[]
  readonly source: string
  readonly user: string | undefined
  readonly encrypted: boolean
}

export type MailServer = {
  readonly port: number
  readonly taken: TakenMail[]
  /** Recipients that are not taken, and with which reply. */
  readonly refusing: Map<string, number>
  /** Reply to a whole mail that is not taken; 0: it is. */
  replyToMail: number
  close(): Promise<void>
}

export const ACCOUNT = { user: 'alerts', password: 'correct horse battery' }

const reply = (code: number, words: string): Error => Object.assign(new Error(words), { responseCode: code })

export async function startMailServer(options: SMTPServerOptions & TlsFiles): Promise<MailServer> {
  const taken: TakenMail[] = []
  const refusing = new Map<string, number>()
  const server = new SMTPServer({
    authMethods: ['PLAIN', 'LOGIN'],
    authOptional: false,
    disableReverseLookup: true,
    onAuth: ({ username, password }, _session, answer) =>
      username === ACCOUNT.user && password === ACCOUNT.password
        ? answer(null, { user: username })
        : answer(reply(535, 'authentication failed')),
    onRcptTo: ({ address }, _session, answer) => {
      const code = refusing.get(address)
      answer(code === undefined ? null : reply(code, `no mailbox ${address}`))
    },
    onData: (stream, { envelope, user, secure }, answer) => {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        if (started.replyToMail !== 0) return answer(reply(started.replyToMail, 'not this one'))
        taken.push({
          from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
          to: envelope.rcptTo.map(({ address }) => address),
          source: Buffer.concat(parts).toString(),
          user: user === undefined ? undefined : String(user),
          encrypted: secure,
        })
        answer(null, 'taken as 4711')
      })
    },
    ...options,
  })
  // What goes wrong with one connection is what a test looks at from the other side.
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const started: MailServer = {
    port: (server.server.address() as AddressInfo).port,
    taken,
    refusing,
    replyToMail: 0,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
  return started
}
