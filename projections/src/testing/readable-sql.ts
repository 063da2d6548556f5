// A statement as people like to read it: a line for each clause, column and condition; queries within it stand further in.

const CLAUSES = [
  'with|select|from|where|group by|order by|limit|union all',
  '(?:cross |left )?join|insert into|delete from',
].join('|')
const CLAUSE = new RegExp(`^(?:${CLAUSES})$`)
const WORD = new RegExp(
  `'(?:[^']|'')*'|rows from|with ordinality|\\b(?:${CLAUSES})\\b|[(),]|[^\\s(),']+`,
  'g',
)
const SIMPLE_NAME = /"([a-z_][a-z0-9_]*)"/g
/** What stands before a parenthesis that belongs to no function. */
const APART = /^(?:as|in|and|or|on|using|where|filter|rows from|[-+*/=<>|]+)$/

/** The text of a statement, laid out. What is within a function's parentheses stays on its line. */
export function readableSql(text: string): string {
  const lines: string[] = []
  /** For each parenthesis that is open, the clause of the query in it; undefined where none stands in it. */
  const open: (string | undefined)[] = ['']
  let line = ''
  function begin(further = ''): void {
    if (line.trim() !== '') lines.push(line.trimEnd())
    const depth = open.filter((clause) => clause !== undefined).length - 1
    line = '    '.repeat(depth) + further
  }
  const words = text.replaceAll(SIMPLE_NAME, '$1').match(WORD) ?? []
  for (const [i, word] of words.entries()) {
    const clause = open.at(-1)
    if (word === '(') {
      line += isApart(words[i - 1]) ? ' (' : '('
      open.push(/^(?:select|with)$/.test(words[i + 1] ?? '') ? '' : undefined)
    } else if (word === ')') {
      open.pop()
      if (clause !== undefined) begin()
      line += ')'
    } else if (word === ',') {
      line += ','
      if (clause === 'select') begin('  ')
      else if (clause === 'with') begin()
    } else {
      const isClause = clause !== undefined && CLAUSE.test(word)
      if (isClause) open[open.length - 1] = word
      if (isClause || (clause !== undefined && word === 'and')) begin(isClause ? '' : '  ')
      line += /[\s(]$|^$/.test(line) ? word : /^(?:\[|::|\.)/.test(word) ? word : ` ${word}`
    }
  }
  begin()
  return `${lines.map((each) => each.replace(/(?<=\S) {2,}/g, ' ')).join('\n')}\n`
}

const isApart = (before: string | undefined): boolean =>
  before === undefined || CLAUSE.test(before) || APART.test(before)
