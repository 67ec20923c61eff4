import { createAccounts, sqlUsers, type Accounts } from '../accounts/index.ts'
import { writeAccessLog } from '../accounts/access-log.ts'
import { hasCredentials } from '../accounts/credentials.ts'
import { endSessions } from '../accounts/sessions.ts'
import { lastUrl, type Config } from '../config/index.ts'
import { StartError } from '../database/errors.ts'
import type { Database } from '../database/index.ts'
import type { Log } from '@kartotek/sdk'
import { readArguments } from './arguments.ts'
import { UsageError, type Command } from './command.ts'
import { userByEmail } from './token.command.ts'
import { withDatabase } from './with-database.ts'

/** For who is locked out of the web app: the last administrator without password or second factor. */
export const user: Command = {
  name: 'user',
  usage: 'link EMAIL | totp-off EMAIL | sign-out EMAIL',
  summary: 'Make a link for a new password; switch the second factor off; end all sessions of a user.',
  async run(args, io) {
    const { positionals: [action, email] } = readArguments(args, 2, {})
    if (!action || !email || !['link', 'totp-off', 'sign-out'].includes(action)) throw new UsageError(`There is no ${action ?? ''}.`)
    await withDatabase(io, async (db, config, log) => {
      const person = await userByEmail(db, email)
      const accounts = accountsOf(db, config, log)
      if (action === 'link') {
        if (!person.active) throw new StartError(`${person.name} is deactivated: activate them in the web app first.`)
        const { link } = await accounts.people.sendLink(await hasCredentials(db.pool, person.id) ? 'reset' : 'invitation', person, null)
        await writeAccessLog(db, { kind: 'reset_link_made', userId: person.id, detail: { by: 'command line' } })
        io.out(link ?? '')
        return
      }
      if (action === 'totp-off') {
        const was = await accounts.twoFactor.switchOff(person.id)
        await writeAccessLog(db, { kind: 'totp_off', userId: person.id, detail: { by: 'command line' } })
        io.err(was ? `The second factor of ${person.name} is off.` : `${person.name} has no second factor.`)
      }
      io.err(`${await endSessions(db.pool, person.id)} sessions ended.`)
    })
  },
}

/** Without mail: the operator at the keyboard gets the link. */
function accountsOf(db: Database, config: Config, log: Log): Accounts {
  return createAccounts({ db, log, secret: config.secret, publicUrl: lastUrl(config), users: sqlUsers(db) })
}
