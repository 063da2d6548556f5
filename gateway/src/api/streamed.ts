// A long answer, made piece by piece as fast as the client takes it.

/**
 * Asks for a piece when there is room for it. The answer has begun by then: what fails can only break it off, so that
 * nobody takes a part for the whole.
 */
export function streamed(
  pieces: AsyncGenerator<string>,
  failed: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { value, done } = await pieces.next()
        if (done) controller.close()
        else controller.enqueue(encoder.encode(value))
      } catch (error) {
        failed(error)
        controller.error(error)
      }
    },
    cancel: () => void pieces.return(undefined),
  })
}

/** `alerts-20260131T080000Z.csv`, for the header Content-Disposition. */
export const attachment = (name: string, ending: string, nowMs: number): string =>
  `attachment; filename="${name}-${new Date(nowMs)
    .toISOString()
    .slice(0, 19)
    .replaceAll(/[^\dT]/g, '')}Z.${ending}"`
