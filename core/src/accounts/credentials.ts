import { uuidv7 } from 'uuidv7'
import type { Database } from '../database/index.ts'
import { handleOf } from './handle.ts'
import { hashPassword, verifyPassword } from './password/hash.ts'
import type { Executor } from './access-changes.ts'

/** Sets the password of a person, who can sign in from now on. Strength is the caller's business (`checkPassword`). */
export async function setPassword(executor: Executor, userId: string, password: string): Promise<void> {
  const hash = await hashPassword(password)
  await executor.query('insert into auth."user" (id, email) values ($1, $2) on conflict (id) do nothing', [userId, handleOf(userId)])
  await executor.query(`
    insert into auth.account (id, user_id, account_id, provider_id, password) values ($1, $2::uuid, $2::text, 'credential', $3)
    on conflict (provider_id, account_id) do update set password = excluded.password, updated_at = now()`, [uuidv7(), userId, hash])
}

/** The person whom a provider knows by this name; null where nobody was signed in by it yet. */
export async function personOfSubject(executor: Executor, provider: string, subject: string): Promise<string | null> {
  const { rows } = await executor.query('select user_id as "userId" from auth.account where provider_id = $1 and account_id = $2', [provider, subject])
  return (rows[0] as { userId: string } | undefined)?.userId ?? null
}

/** Remembers by which name a provider knows the person; a name belongs to one person for good. */
export async function rememberSubject(executor: Executor, userId: string, provider: string, subject: string): Promise<void> {
  await executor.query('insert into auth."user" (id, email) values ($1, $2) on conflict (id) do nothing', [userId, handleOf(userId)])
  await executor.query('insert into auth.account (id, user_id, account_id, provider_id) values ($1, $2, $3, $4) on conflict do nothing', [uuidv7(), userId, subject, provider])
}

/** Whether this is the person's password. Takes the same time where there is none. */
export async function isPassword(db: Pick<Database, 'pool'>, userId: string, password: string): Promise<boolean> {
  const { rows } = await db.pool.query<{ password: string | null }>(
    `select password from auth.account where user_id = $1 and provider_id = 'credential'`, [userId])
  const hash = rows[0]?.password
  if (hash) return verifyPassword({ hash, password })
  await hashPassword(password)
  return false
}

export async function hasCredentials(executor: Executor, userId: string): Promise<boolean> {
  return (await executor.query('select from auth.account where user_id = $1', [userId])).rows.length > 0
}

/** Whether anybody can sign in at all; until then the set-up link works. */
export async function anyCredentials(executor: Executor): Promise<boolean> {
  return (await executor.query('select from auth.account limit 1')).rows.length > 0
}
