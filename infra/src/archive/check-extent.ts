// How far the archive goes, seen before it is checked: what may still be on its way to the disk is asked of nobody.

import { CheckSources, lastFlushOf, type CheckPlaces } from './check-sources.ts'

/** The newest flush, and the first that need not be whole. */
export type Extent = { readonly newest: number; readonly wholeBefore: number }

/** @param committed the newest flush that was announced, as far as is known */
export async function extentOf(places: CheckPlaces, committed = 0): Promise<Extent> {
  await using sources = await CheckSources.look(places)
  let newest = 0
  // What was committed is whole, and so is whatever a sealed segment has a part of.
  let whole = committed
  for (const source of sources.all) {
    newest = Math.max(newest, await lastFlushOf(source))
    whole = Math.max(whole, source.named?.lastFlush ?? 0)
  }
  return { newest, wholeBefore: Math.max(newest, whole + 1) }
}
