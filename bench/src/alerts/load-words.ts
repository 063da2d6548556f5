// What a load process is told and tells: its plan as its argument, `ready` when it could begin, a word to begin, each
// moment as it comes.

import { once } from 'node:events'
import type { CrossingPlan, Moment } from './crossings.ts'

export type LoadPlan = CrossingPlan & { readonly periodSeconds: number }

export type LoadWord = { readonly kind: 'ready' } | { readonly kind: 'moment'; readonly moment: Moment }

/** The plan of this process, which was started with it. */
export const planOf = <Plan extends LoadPlan>(): Plan => JSON.parse(process.argv[2] ?? '') as Plan

const say = (word: LoadWord): void => void process.send?.(word)

/** Tells the parent of a moment. */
export const tellMoment = (moment: Moment): void => say({ kind: 'moment', moment })

/** Says that it could begin, and waits until it may. */
export async function whenTold(): Promise<void> {
  say({ kind: 'ready' })
  await once(process, 'message')
}
