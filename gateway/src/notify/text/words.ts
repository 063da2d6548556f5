// What is said of an alert and of a round, in each language. The rest of the words of a message are data.

import type { AlertResolution, MessageKind, MessageSeverity, ToldAlertState } from '../message.ts'
import type { Language } from './language.ts'

export type Words = {
  readonly severity: Readonly<Record<MessageSeverity, string>>
  /** `closed`: it is over, but did not recover. */
  readonly state: Readonly<Record<ToldAlertState | 'closed', string>>
  readonly resolution: Readonly<Record<AlertResolution, string>>
  /** Why this message comes now; empty where the rest says it. @param step from 1 */
  readonly why: (kind: MessageKind, step: number) => string
  /** The same of an end that is no recovery. */
  readonly whyClosed: string
  readonly test: string
  readonly testText: string
  readonly alerts: (count: number) => string
  readonly more: (count: number) => string
  readonly cut: (chars: number) => string
  readonly since: (moment: string, duration: string) => string
  readonly resolvedAt: (moment: string, duration: string) => string
  /** After a word, before what it is about. */
  readonly colon: string
  readonly threshold: string
  readonly noData: string
  readonly offline: string
  readonly online: string
  readonly simulated: string
  readonly platform: string
  readonly runbook: string
  readonly open: string
  readonly acknowledge: string
}

const en: Words = {
  severity: { info: 'Info', warning: 'Warning', critical: 'Critical' },
  state: { firing: 'firing', acknowledged: 'acknowledged', resolved: 'resolved', closed: 'closed' },
  resolution: {
    recovered: 'it recovered',
    not_confirmed: 'it did not hold long enough',
    no_data: 'nothing is heard of it any more',
    rule_changed: 'its rule was changed or switched off',
    agent_retired: 'the agent was retired',
    out_of_scope: 'the agent is outside the rule’s scope now',
  },
  why: (kind, step) => {
    switch (kind) {
      case 'first':
        return ''
      case 'changed':
        return 'The incident has changed.'
      case 'escalated':
        return `Nobody has acknowledged it: escalation step ${step}.`
      case 'repeated':
        return 'Still firing, and nobody has acknowledged it.'
      case 'resolved':
        return 'It is over.'
      case 'acknowledged':
        return 'Somebody takes care of it.'
      case 'summary':
        return 'What happened while nothing could be told:'
      case 'test':
        return ''
    }
  },
  whyClosed: 'It is closed, but was not seen to recover.',
  test: 'Test',
  testText: 'This is a test. The channel works; nothing has happened.',
  alerts: (count) => (count === 1 ? '1 alert' : `${count} alerts`),
  more: (count) => `… and ${count} more`,
  cut: (chars) => `… (${chars} more characters)`,
  since: (moment, duration) => `since ${moment} (${duration})`,
  resolvedAt: (moment, duration) => `at ${moment} (${duration})`,
  colon: ':',
  threshold: 'threshold',
  noData: 'no data',
  offline: 'offline',
  online: 'online again',
  simulated: 'simulated',
  platform: 'the platform',
  runbook: 'Runbook',
  open: 'Open',
  acknowledge: 'Acknowledge',
}

const fr: Words = {
  severity: { info: 'Info', warning: 'Avertissement', critical: 'Critique' },
  state: { firing: 'en cours', acknowledged: 'prise en charge', resolved: 'résolue', closed: 'clôturée' },
  resolution: {
    recovered: 'retour à la normale',
    not_confirmed: 'elle n’a pas duré assez longtemps',
    no_data: 'plus rien n’en arrive',
    rule_changed: 'sa règle a été modifiée ou désactivée',
    agent_retired: 'l’agent a été retiré',
    out_of_scope: 'l’agent n’est plus dans le périmètre de la règle',
  },
  why: (kind, step) => {
    switch (kind) {
      case 'first':
        return ''
      case 'changed':
        return 'L’incident a changé.'
      case 'escalated':
        return `Personne ne l’a pris en charge : escalade, étape ${step}.`
      case 'repeated':
        return 'Toujours en cours, et personne ne l’a pris en charge.'
      case 'resolved':
        return 'C’est terminé.'
      case 'acknowledged':
        return 'Quelqu’un s’en occupe.'
      case 'summary':
        return 'Ce qui s’est passé pendant que rien ne pouvait être annoncé :'
      case 'test':
        return ''
    }
  },
  whyClosed: 'C’est clôturé, sans retour à la normale constaté.',
  test: 'Test',
  testText: 'Ceci est un test. Le canal fonctionne ; il ne s’est rien passé.',
  alerts: (count) => (count <= 1 ? `${count} alerte` : `${count} alertes`),
  more: (count) => `… et ${count} de plus`,
  cut: (chars) => `… (${chars} caractères de plus)`,
  since: (moment, duration) => `depuis le ${moment} (${duration})`,
  resolvedAt: (moment, duration) => `le ${moment} (${duration})`,
  // A space that does not break belongs before it.
  colon: '\u00a0:',
  threshold: 'seuil',
  noData: 'aucune donnée',
  offline: 'hors ligne',
  online: 'de nouveau en ligne',
  simulated: 'simulée',
  platform: 'la plateforme',
  runbook: 'Procédure',
  open: 'Ouvrir',
  acknowledge: 'Prendre en charge',
}

export const WORDS: Readonly<Record<Language, Words>> = { en, fr }
