import { parseArgs } from 'node:util'
import { sqlUsers, type DirectoryUser } from '../accounts/index.ts'
import { writeAccessLog } from '../accounts/access-log.ts'
import { listRoles } from '../accounts/roles.ts'
import { createToken, DEFAULT_TOKEN_DAYS, listTokens, revokeToken } from '../accounts/tokens.ts'
import type { Database } from '../database/index.ts'
import { StartError } from '../database/errors.ts'
import { UsageError, type Command, type Io } from './command.ts'
import { withDatabase } from './with-database.ts'

export const token: Command = {
  name: 'token',
  usage: `create EMAIL NAME [--role KEY]… [--days ${DEFAULT_TOKEN_DAYS}] | list EMAIL | revoke ID`,
  summary: 'API tokens of a user. The secret is printed once.',
  async run(args, io) {
    const { values, positionals: [action, first, second, ...more] } = read(args)
    if (more.length > 0) throw new UsageError(`Too many words: ${more.join(' ')}.`)
    if (action === 'create' && first && second) return withDatabase(io, (db) => create(db, io, first, second, values))
    if (action === 'list' && first && !second) return withDatabase(io, (db) => list(db, io, first))
    if (action === 'revoke' && first && !second) return withDatabase(io, (db) => revoke(db, io, first))
    throw new UsageError(action ? `${action}: words are missing or unknown.` : 'What to do is missing.')
  },
}

function read(args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: { role: { type: 'string', multiple: true }, days: { type: 'string' } } })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

async function create(db: Database, io: Io, email: string, name: string, values: { role?: string[], days?: string }): Promise<void> {
  const user = await userByEmail(db, email)
  const roles = await listRoles(db.pool)
  const roleIds = values.role?.map((key) => roles.find((role) => role.key === key)?.id ?? unknownRole(key, roles.map((role) => role.key)))
  const { secret, token } = await plain(createToken(db.pool, { userId: user.id, name, roleIds: roleIds ?? null, days: values.days === undefined ? null : Number(values.days), createdBy: null }, 'en'))
  await writeAccessLog(db, { kind: 'token_created', userId: user.id, detail: { token: token.id, name, by: 'command line' } })
  io.err(`Token ${token.id} of ${user.name}, until ${token.expiresAt.toISOString().slice(0, 10)}. Keep it now: it cannot be shown again.`)
  io.out(secret)
}

async function list(db: Database, io: Io, email: string): Promise<void> {
  const user = await userByEmail(db, email)
  const roles = await listRoles(db.pool)
  const tokens = await listTokens(db.pool, user.id)
  if (tokens.length === 0) io.err(`${user.name} has no tokens.`)
  for (const t of tokens) {
    const state = t.revokedAt ? 'revoked' : t.expiresAt < new Date() ? 'expired' : `until ${t.expiresAt.toISOString().slice(0, 10)}`
    const keys = t.roleIds ? roles.filter((role) => t.roleIds?.includes(role.id)).map((role) => role.key).join(',') : 'all roles'
    io.out([t.id, t.name, `…${t.hint}`, keys, state, t.lastUsedAt ? `used ${t.lastUsedAt.toISOString().slice(0, 16)}` : 'never used'].join('\t'))
  }
}

async function revoke(db: Database, io: Io, id: string): Promise<void> {
  await plain(revokeToken(db.pool, null, id, 'en'))
  await writeAccessLog(db, { kind: 'token_revoked', detail: { token: id, by: 'command line' } })
  io.err(`Token ${id} is revoked.`)
}

/** @throws StartError where there is none */
export async function userByEmail(db: Database, email: string): Promise<DirectoryUser> {
  const user = await sqlUsers(db).findByEmail(email)
  if (!user) throw new StartError(`There is no user with the address ${email}.`)
  return user
}

function unknownRole(key: string, keys: string[]): never {
  throw new StartError(`There is no role ${key}; there are ${keys.join(', ')}.`)
}

/** What the operator can mend is one sentence, without a stack. */
async function plain<Result>(work: Promise<Result>): Promise<Result> {
  return work.catch((error: Error) => { throw new StartError(error.message, { cause: error }) })
}
