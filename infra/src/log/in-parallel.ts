// Many small requests, some at a time.

/** Requests under way at once: what one connection answers without queueing. */
const PARALLEL = 64

/** The answers, in order. @throws what the first failing request throws */
export async function inParallel<Item, Answer>(
  items: readonly Item[],
  request: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = []
  for (let from = 0; from < items.length; from += PARALLEL)
    answers.push(...(await Promise.all(items.slice(from, from + PARALLEL).map((item) => request(item)))))
  return answers
}
