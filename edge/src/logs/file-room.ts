// How many files are followed, in all sources together: each has a place in the note that goes with every frame, and the
// note has its limit.

/** More files than this are not followed. */
export const MAX_FILES = 256

/** Shared by the sources of an agent. */
export type FileRoom = { followed: number }

/** So that what somebody calls a file cannot fill the note. */
const MAX_PATH_BYTES = 1_024

/** Undefined where one more may be followed. */
export function whyNotFollowed(path: string, { followed }: FileRoom): string | undefined {
  if (Buffer.byteLength(JSON.stringify(path)) > MAX_PATH_BYTES)
    return `its path takes more than ${MAX_PATH_BYTES} bytes`
  return followed < MAX_FILES ? undefined : `${MAX_FILES} files are followed in all sources together, no more`
}
