import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Log } from '@kartotek/sdk'
import { StartError } from '../errors.ts'

/** A user of the system. */
export interface Owner { readonly uid: number, readonly gid: number, readonly name: string }

const NAME = 'postgres'

function users(): Owner[] {
  return readFileSync('/etc/passwd', 'utf8').split('\n').map(line => line.split(':')).filter(fields => fields.length >= 4)
    .map(([name, , uid, gid]) => ({ name: name!, uid: Number(uid), gid: Number(gid) }))
}

/** The user as whom PostgreSQL runs when the app is root. */
export const serverUser = {
  nameOf: (uid: number): string | undefined => users().find(user => user.uid === uid)?.name,
  /** Finds the user `postgres`, or makes it as a system user that cannot sign in. */
  ensure(log: Log): Owner {
    const found = users().find(user => user.name === NAME)
    if (found) return found
    log.info(`making the system user ${NAME}, because PostgreSQL refuses to run as root`)
    try {
      execFileSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', NAME], { stdio: 'pipe' })
    } catch (error) {
      throw new StartError(`PostgreSQL refuses to run as root and the user ${NAME} could not be made (${(error as Error).message}): `
        + 'start Kartotek as an ordinary user, or make that user.', { cause: error })
    }
    return users().find(user => user.name === NAME)!
  },
}
