// Reads the words of one clause, one after the other, and says where it was that something else should have stood.

import { parseDuration } from '../duration.ts'
import { TimelineFault } from './fault.ts'
import type { Clause, Word } from './words.ts'

export class Reader {
  readonly #words: readonly Word[]
  readonly #last: Word
  #at = 0

  constructor(clause: Clause) {
    this.#words = clause
    this.#last = clause.at(-1) ?? clause[0]
  }

  get next(): Word | undefined {
    return this.#words[this.#at]
  }

  /** @param what should stand here */
  take(what: string): Word {
    const word = this.next
    if (!word) throw new TimelineFault(`${what} is missing`, { ...this.#last, column: this.#last.end })
    this.#at++
    return word
  }

  /** Takes the word if it is this one, without quotes. */
  takeIf(text: string): boolean {
    const isIt = this.next?.text === text && !this.next.quoted
    if (isIt) this.#at++
    return isIt
  }

  /** One of a few words. */
  takeOneOf<const Text extends string>(texts: readonly Text[]): Text {
    const word = this.take(texts.join(' or '))
    const found = texts.find((text) => text === word.text)
    if (found === undefined) throw new TimelineFault(`say ${texts.join(' or ')}`, word)
    return found
  }

  takeDuration(): number {
    return durationOf(this.take('a duration'))
  }

  /** `for 2h`. */
  takeFor(): number {
    const word = this.take('for how long')
    if (word.text !== 'for') throw new TimelineFault('say for how long: for 2h', word)
    return this.takeDuration()
  }

  takeQuoted(): string | undefined {
    const word = this.next
    if (!word?.quoted) return undefined
    this.#at++
    return word.text
  }

  /** Takes words as long as they are such. */
  takeWhile(isOne: (word: Word) => boolean): Word[] {
    const taken: Word[] = []
    for (let word = this.next; word && isOne(word); word = this.next) {
      taken.push(word)
      this.#at++
    }
    return taken
  }

  /** @throws TimelineFault where words are left over */
  end(): void {
    if (this.next) throw new TimelineFault(`${this.next.text} says nothing here`, this.next)
  }
}

/** @throws TimelineFault */
export function durationOf(word: Word): number {
  const ms = parseDuration(word.text)
  if (ms === undefined) throw new TimelineFault(`not a duration: ${word.text}; say 90s, 5m or 1h30m`, word)
  return ms
}
