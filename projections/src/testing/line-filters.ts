// What lines of logs say in tests, and what is asked of them.

import type { LineFilter } from '../logs/queries/log-store.ts'
import { agentId } from './recorded.ts'

/** What a careless store would take for something else. */
export const HOSTILE = [
  '100% _sure_ \\done',
  `'; drop table logs; --`,
  '"} or {tenant=~".+"} |= "',
  'a`b`c ${x} $1 \\1',
  'tab\tand\nnew line',
  'größer ÜBER 日本 🙂',
  '^(a+)+$ [x] {y} (z) .*?|',
]

/** Where they come from. */
export const SOURCES = ['nginx', 'journal', 'app "quoted"', 'back\\slash']

/** Questions about lines that are made of these. */
export const LINE_FILTERS: readonly LineFilter[] = [
  { agents: [agentId(1)] },
  { agents: [agentId(1), agentId(2)], sources: ['nginx'] },
  { agents: [agentId(99)] },
  ...SOURCES.map((source) => ({ sources: [source] })),
  { units: ['unit-1@"x".service', 'unit-2@"x".service'] },
  { severities: [0] },
  { severities: [3, 4], sources: ['journal', 'nginx'] },
  ...HOSTILE.filter((text) => !/[\n\t]/.test(text)).map((text) => ({ text })),
  ...['%', '_', '\\', '"', "'", '`', '.*', '$1', 'GRÖSSER', 'ÜBER', 'über 日本', 'DROP TABLE'].map(
    (text) => ({ text }),
  ),
  { text: 'sure', severities: [0], agents: [agentId(2)] },
  { words: ['number', 'AGENT', '1'] },
  { words: ['ÜBER', 'größ', '%'], text: 'agent' },
  ...SOURCES.map((source) => ({ without: { sources: [source] } })),
  { without: { agents: [agentId(1)], severities: [0, 7] } },
  { without: { units: ['unit-1@"x".service', 'unit-2@"x".service'] } },
  { agents: [agentId(1), agentId(2)], text: 'number', without: { agents: [agentId(2)] } },
  { sources: ['nginx'], without: { sources: ['nginx'] } },
]
