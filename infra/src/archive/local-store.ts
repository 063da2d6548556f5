// Sealed segments in a directory. They may lie in the same tree as a writer's open ones, whose directory begins with a
// dot and is not listed.

import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ArchiveStore } from './archive.ts'
import { isMissing, syncDirectory } from './file-faults.ts'

/** @param root on the same file system as the files that are taken */
export function directoryStore(root: string): ArchiveStore {
  return {
    list: (prefix = '') => listTree(root, prefix),
    read: (name, range) => readRange(join(root, name), range),
    take: async (name, localPath) => {
      const path = join(root, name)
      await makeDirectory(root, dirname(path))
      await rename(localPath, path)
      await syncDirectory(dirname(path))
      await syncDirectory(dirname(localPath))
    },
    remove: async (name) => {
      const path = join(root, name)
      await rm(path, { force: true })
      await syncDirectory(dirname(path))
    },
  }
}

type Listed = { name: string; sizeBytes: number }

async function listTree(root: string, prefix: string): Promise<Listed[]> {
  const start = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  const found: Listed[] = []
  const visit = async (directory: string): Promise<void> => {
    const { files, directories } = await listDirectory(root, directory, prefix)
    found.push(...files)
    for (const name of directories) await visit(`${name}/`)
  }
  await visit(start)
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

// What was removed since the directory was read may have left something in its place: then it is read again.
async function listDirectory(root: string, directory: string, prefix: string) {
  for (;;) {
    const entries = (await readIfThere(join(root, directory)))
      .map((entry) => ({ entry, name: directory + entry.name }))
      .filter(({ name }) => name.startsWith(prefix) || prefix.startsWith(`${name}/`))
      .filter(({ entry }) => !entry.name.startsWith('.'))
    const files: Listed[] = []
    const names = entries.filter(({ entry }) => entry.isFile()).map(({ name }) => name)
    for (const name of names) await addFile(root, name, files)
    const directories = entries.filter(({ entry }) => entry.isDirectory()).map(({ name }) => name)
    if (files.length === names.length) return { files, directories }
  }
}

async function readIfThere(directory: string) {
  try {
    return await readdir(directory, { withFileTypes: true })
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

async function addFile(root: string, name: string, found: Listed[]): Promise<void> {
  try {
    found.push({ name, sizeBytes: (await stat(join(root, name))).size })
  } catch (error) {
    // Removed since the directory was read.
    if (!isMissing(error)) throw error
  }
}

async function readRange(path: string, range?: { offset: number; length: number }): Promise<Buffer> {
  const handle = await open(path)
  try {
    if (!range) return await handle.readFile()
    const buffer = Buffer.allocUnsafe(range.length)
    const { bytesRead } = await handle.read(buffer, 0, range.length, range.offset)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

// Each new directory's parent is synced too, or the file could be lost with its directory.
async function makeDirectory(root: string, path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true })
  if (first === undefined) return
  for (let made = path; made.length >= first.length && made !== root; made = dirname(made))
    await syncDirectory(dirname(made))
}
