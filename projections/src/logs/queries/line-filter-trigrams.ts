// Whether an index of trigrams can know where to look for what is searched. To be wrong costs time and changes no answer:
// of an expression with parts that it does not understand it says no.

import type { LineFilter } from './log-store.ts'

/** What words are made of: in a database of locale C they are of ASCII alone. */
export type Letters = 'ascii' | 'unicode'

const THREE = { ascii: /[a-z0-9]{3}/i, unicode: /[\p{L}\p{N}]{3}/u } as const

/** True where every line that is looked for has three letters or digits in a row that are told. */
export const hasTrigrams = (
  { text = '', words = [], regex = '' }: Pick<LineFilter, 'text' | 'words' | 'regex'>,
  letters: Letters,
): boolean =>
  THREE[letters].test([text, ...words].join(' ')) || regexHasTrigrams(plainParts(regex), THREE[letters])

/** An innermost group, whether it says what must not be there, and whether it may be missing. */
const GROUP = /\((\?<?[!=])?(?:\?:)?([^()]*)\)([?*])?/

// From the inside: a group stands for trigrams if none of its branches is without.
function regexHasTrigrams(parts: string, three: RegExp): boolean {
  const group = GROUP.exec(parts)
  if (!group) return parts.split('|').every((branch) => three.test(branch))
  const [whole, around, inner = '', missing] = group
  const has = around === undefined && missing === undefined && regexHasTrigrams(inner, three)
  const rest = [parts.slice(0, group.index), parts.slice(group.index + whole.length)]
  return regexHasTrigrams(rest.join(has ? ' 000 ' : ' '), three)
}

// Without what stands for characters that are not told.
const plainParts = (regex: string): string =>
  regex
    .replaceAll(/\\./gsu, ' ')
    .replaceAll(/\[\^?\]?(?:\[[:.=][^\]]*\]|[^\]])*\]/g, ' ')
    .replaceAll(/([*+?}])\?/g, '$1')
    .replaceAll(/\(\?[a-z]+\)/g, ' ')
    .replaceAll(/\{0[^}]*\}/g, '*')
    .replaceAll(/\{[^}]*\}/g, ' ')
    .replaceAll(/[^()][?*]/gu, ' ')
