// Mail over SMTP (RFC 5321), with TLS from the start (RFC 8314) or by STARTTLS (RFC 3207). The Message-ID is made of the
// notification, so that a repeated mail is the same mail; the mails of one incident are a thread.

import { createTransport, type SMTPTransportOptions } from 'nodemailer'
import { z } from 'zod'
import { choice, line, lines } from '../fields.ts'
import { mailContent, mailHeaders } from '../mail/mail-content.ts'
import { mailOutcome, mailOutcomeOfFault } from '../mail/mail-outcome.ts'
import { ADDRESS, isListOfRecipients, MAX_RECIPIENTS, recipients, without } from '../mail/recipients.ts'
import type { Notifier, Outcome, Sending } from '../notifier.ts'
import type { Outgoing } from '../outgoing/outgoing.ts'

const PORTS = { tls: 465, starttls: 587, none: 25 } as const

const settings = z.object({
  host: line({ en: 'Mail server', fr: 'Serveur de messagerie' }, 255).regex(
    /^[A-Za-z0-9.:_-]+$/,
    'must be a host name or an address',
  ),
  security: choice(
    {
      en: 'Encryption: from the start (tls), by STARTTLS, or none, then without a password',
      fr: 'Chiffrement : dès le début (tls), par STARTTLS, ou aucun (none), alors sans mot de passe',
    },
    ['starttls', 'tls', 'none'],
  ).default('starttls'),
  port: line({ en: 'Port: 587, with tls 465', fr: 'Port : 587, avec tls 465' })
    .regex(/^[1-9]\d{0,4}$/, 'must be a port number')
    .refine((port) => Number(port) <= 65_535, 'must be a port number')
    .optional(),
  from: line({ en: 'Address of the sender', fr: 'Adresse de l’expéditeur' }).regex(
    ADDRESS,
    'must be an address like alerts@example.org',
  ),
  to: lines({ en: 'Addresses, separated by commas', fr: 'Adresses, séparées par des virgules' }).refine(
    (text) => isListOfRecipients(recipients(text)),
    `must be 1 – ${MAX_RECIPIENTS} addresses, separated by commas`,
  ),
  user: line({ en: 'User name at the server', fr: 'Nom d’utilisateur sur le serveur' }).optional(),
})

const secrets = z.object({
  password: line({ en: 'Password of that user', fr: 'Mot de passe de cet utilisateur' }).optional(),
})

type Settings = z.output<typeof settings>

export const email: Notifier = {
  kind: 'email',
  settings,
  secrets,
  destination: ['host', 'port', 'security'],
  perMinute: 60,
  content: (told, values) => {
    const { from, to } = settings.parse(values)
    return { from, to: recipients(to), ...mailContent(told) }
  },
  send,
}

async function send(sending: Sending): Promise<Outcome> {
  const { signal, accepted } = sending
  const hidden = Object.values(sending.secrets)
  try {
    const given = settings.parse(sending.settings)
    const { password } = secrets.parse(sending.secrets)
    if (given.security === 'none' && given.user !== undefined)
      return { outcome: 'refused', reason: 'no password is sent over a connection that is not encrypted' }
    const mail = mailOf(sending, given)
    if (mail.envelope.to.length === 0)
      return { outcome: 'delivered', answer: 'everybody it goes to has it already' }
    const transport = createTransport(transportOptions(given, password, sending))
    return mailOutcome(await transport.sendMail(mail), hidden)
  } catch (fault) {
    const isPartlyTaken = accepted.length > 0
    return mailOutcomeOfFault(signal.aborted ? signal.reason : fault, { hidden, isPartlyTaken })
  }
}

// The same mail to whoever does not have it yet.
function mailOf({ told, accepted, signal }: Sending, { from, to }: Settings) {
  const everybody = recipients(to)
  return {
    from: { name: 'SecuMon', address: from },
    to: everybody,
    envelope: { from, to: without(everybody, accepted) },
    ...mailContent(told),
    ...mailHeaders(told.message, from),
    signal,
  }
}

type Way = { readonly outgoing: Outgoing; readonly signal: AbortSignal }

function transportOptions(
  { host, port, security, user }: Settings,
  password: string | undefined,
  { outgoing, signal }: Way,
): SMTPTransportOptions {
  const target = { host, port: Number(port ?? PORTS[security]) }
  return {
    ...target,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: { ...outgoing.trust },
    ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
    disableFileAccess: true,
    disableUrlAccess: true,
    getSocket: (_options, answer) =>
      void outgoing.connect(target, signal).then(
        (connection) => answer(null, { connection }),
        (error: unknown) => answer(error instanceof Error ? error : new Error(String(error))),
      ),
  }
}
