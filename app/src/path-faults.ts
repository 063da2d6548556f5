// What the file system refuses, in words: the path and what is in the way, instead of a call and its number.

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user has no right to it',
  EEXIST: 'there is a file of that name',
  EISDIR: 'it is a directory',
  ENOENT: 'it is not there',
  ENOSPC: 'its disk has no room',
  ENOTDIR: 'it is a file, or lies below one',
  EPERM: 'this user has no right to it',
  EROFS: 'its disk can only be read',
}

/** Undefined for what is no refusal of the file system. */
export function pathFault(error: unknown): string | undefined {
  if (!(error instanceof Error && 'path' in error && 'code' in error)) return undefined
  const reason = REASONS[String(error.code)]
  return reason && `${String(error.path)} cannot be used: ${reason}`
}
