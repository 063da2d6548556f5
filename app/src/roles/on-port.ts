// Says which port cannot be had, and how to choose another.

import { Exit, exitCode } from '../exit.ts'

export type Door = { readonly host: string; readonly port: number; readonly flag: string }

/** @throws Exit 69 when the port is taken or not ours to take */
export async function onPort<T>({ host, port, flag }: Door, start: () => Promise<T>): Promise<T> {
  try {
    return await start()
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && ['EADDRINUSE', 'EACCES'].includes(String(cause.code))))
      throw cause
    throw new Exit(
      exitCode.unavailable,
      `port ${port} of ${host} cannot be had; choose another with ${flag} NUMBER`,
      { cause },
    )
  }
}
