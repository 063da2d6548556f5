// One after the other, in the order they came.

export type Serial = <Value>(what: () => Promise<Value>) => Promise<Value>

export function serial(): Serial {
  let last: Promise<unknown> = Promise.resolve()
  return (what) => {
    const next = last.then(what, what)
    last = next
    return next
  }
}
