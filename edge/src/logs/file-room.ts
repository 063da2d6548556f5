// How many files are followed, in all sources together: each has a place in the note that goes with every frame, and the
// note has its limit.

/** More files than this are not followed. */
export const MAX_FILES = 256

/** Shared by the sources of an agent. */
export type FileRoom = { followed: number }
