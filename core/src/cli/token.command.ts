import { parseArgs } from 'node:util'
import type { Narrowing } from '@kartotek/sdk'
import { actorOf } from '../access/explain.ts'
import { checkNarrowing, namedObjects } from '../access/narrowing.ts'
import type { Action } from '../access/roles.ts'
import { sqlUsers, type DirectoryUser } from '../accounts/index.ts'
import { writeAccessLog } from '../accounts/access-log.ts'
import { listRoles } from '../accounts/roles.ts'
import { createToken, DEFAULT_TOKEN_DAYS, listTokens, revokeToken } from '../accounts/tokens.ts'
import type { Config, Logger } from '../config/index.ts'
import type { Database } from '../database/index.ts'
import { StartError } from '../database/errors.ts'
import { UsageError, type Command, type Io } from './command.ts'
import { accessOf, type Engine } from '../records/engine.ts'
import { withEngine } from './with-engine.ts'
import { withDatabase } from './with-database.ts'

export const token: Command = {
  name: 'token',
  usage: `create EMAIL NAME [--role KEY]… [--only OBJECT:ACTION,ACTION]… [--capability NAME]… [--days ${DEFAULT_TOKEN_DAYS}] | list EMAIL | revoke ID`,
  summary: 'API tokens of a user. The secret is printed once. --only leaves of his rights those named: --only client:read --only order:read,create.',
  async run(args, io) {
    const { values, positionals: [action, first, second, ...more] } = read(args)
    if (more.length > 0) throw new UsageError(`Too many words: ${more.join(' ')}.`)
    if (action === 'create' && first && second) return withDatabase(io, (db, config, log) => create(db, config, log, io, first, second, values))
    if (action === 'list' && first && !second) return withDatabase(io, (db) => list(db, io, first))
    if (action === 'revoke' && first && !second) return withDatabase(io, (db) => revoke(db, io, first))
    throw new UsageError(action ? `${action}: words are missing or unknown.` : 'What to do is missing.')
  },
}

function read(args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: { role: { type: 'string', multiple: true }, only: { type: 'string', multiple: true }, capability: { type: 'string', multiple: true }, days: { type: 'string' } } })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

interface Values { role?: string[], only?: string[], capability?: string[], days?: string }

async function create(db: Database, config: Config, log: Logger, io: Io, email: string, name: string, values: Values): Promise<void> {
  const user = await userByEmail(db, email)
  const roles = await listRoles(db.pool)
  const roleIds = values.role?.map((key) => roles.find((role) => role.key === key)?.id ?? unknownRole(key, roles.map((role) => role.key)))
  const narrowedTo = values.only || values.capability ? await withEngine(db, config, log, (engine) => plain(narrowing(engine, user.id, values))) : null
  const { secret, token } = await plain(createToken(db.pool, { userId: user.id, name, roleIds: roleIds ?? null, narrowedTo, days: values.days === undefined ? null : Number(values.days), createdBy: null }, 'en'))
  await writeAccessLog(db, { kind: 'token_created', userId: user.id, detail: { token: token.id, name, by: 'command line', ...(narrowedTo && { narrowedTo }) } })
  io.err(`Token ${token.id} of ${user.name}, until ${token.expiresAt.toISOString().slice(0, 10)}. Keep it now: it cannot be shown again.`)
  io.out(secret)
}

async function narrowing(engine: Engine, userId: string, { only = [], capability = [] }: Values): Promise<Narrowing> {
  const objects: Record<string, Action[]> = {}
  for (const text of only) {
    const [object = '', actions = ''] = text.split(':')
    objects[object] = [...objects[object] ?? [], ...actions.split(',').map((action) => action.trim()).filter(Boolean) as Action[]]
  }
  const actor = await actorOf(engine, userId)
  const generation = engine.live.current
  return checkNarrowing(generation.model, accessOf(engine, generation, actor!), { objects, capabilities: capability })
}

async function list(db: Database, io: Io, email: string): Promise<void> {
  const user = await userByEmail(db, email)
  const roles = await listRoles(db.pool)
  const tokens = await listTokens(db.pool, user.id)
  if (tokens.length === 0) io.err(`${user.name} has no tokens.`)
  for (const t of tokens) {
    const state = t.revokedAt ? 'revoked' : t.expiresAt < new Date() ? 'expired' : `until ${t.expiresAt.toISOString().slice(0, 10)}`
    const keys = t.roleIds ? roles.filter((role) => t.roleIds?.includes(role.id)).map((role) => role.key).join(',') : 'all roles'
    io.out([t.id, t.name, `…${t.hint}`, keys, state, t.lastUsedAt ? `used ${t.lastUsedAt.toISOString().slice(0, 16)}` : 'never used', rightsOf(t.narrowedTo)].join('\t'))
  }
}

function rightsOf(narrowedTo: Narrowing | null): string {
  if (!narrowedTo) return 'all rights'
  return [...namedObjects(narrowedTo).map(([object, actions]) => `${object}:${actions.join(',')}`), ...narrowedTo.capabilities ?? []].join(' ')
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
