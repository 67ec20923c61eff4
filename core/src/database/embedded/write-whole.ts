import { renameSync, rmSync, chownSync, writeFileSync } from 'node:fs'
import type { Owner } from './server-user.ts'

/** Replaces a file of mode 0600 whole or not at all: a full disk or a crash leaves the old one, never half of the new one. */
export function writeWhole(file: string, text: string, owner?: Owner): void {
  const unfinished = `${file}.new`
  try {
    writeFileSync(unfinished, text, { mode: 0o600, flush: true })
    if (owner) chownSync(unfinished, owner.uid, owner.gid)
    renameSync(unfinished, file)
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw error
  }
}
