import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterAll } from 'vitest'
import { migrations as accessMigrations } from '../access/migrations.ts'
import { seedRoles } from '../access/roles.ts'
import { migrate, type Database } from '../database/index.ts'
import { testDatabase, testLog } from '../testing/index.ts'
import { createAccounts, type Accounts } from './accounts.ts'
import type { AccountsDeps } from './deps.ts'
import { migrations } from './migrations.ts'
import { authRouter } from './routes.ts'
import { sqlUsers } from './sql-users.ts'

export const PASSWORD = 'horse battery staple'

/** What an answer of the server came to. */
export interface Answer {
  status: number
  body: Record<string, never> & { error?: { code: string, message: string, reason?: string, retryAfterSeconds?: number, fields?: { field: string, rule: string, message: string }[] } }
  headers: Headers
  /** `name=value` of the session cookie that it set, if any. */
  cookie: string | undefined
  setCookie: string | undefined
}

export interface AccountsWorld {
  db: Database
  accounts: Accounts
  url: string
  /** Letters that were sent. */
  mails: { to: string, subject: string, text: string }[]
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  /** A person with a password, and roles by key. */
  person(name: string, options?: { roles?: string[], password?: string | null }): Promise<{ id: string, email: string }>
  signIn(email: string, more?: Record<string, unknown>, headers?: Record<string, string>): Promise<Answer>
  /** A request as `authenticate` gets it. */
  request(headers: Record<string, string>, remoteAddress?: string): IncomingMessage
  log(kind?: string): Promise<{ kind: string, user_id: string | null, ip: string | null, detail: Record<string, unknown> }[]>
}

/** The record table of people as the model engine makes it, as far as accounts know it. */
const USER_TABLE = `create table if not exists core."user" (
  id uuid primary key, version int not null default 1, name text not null, email text not null unique, phone text, job_title text,
  locale text, active boolean not null default true, created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  created_by uuid, updated_by uuid, archived_at timestamptz, trashed_at timestamptz, search text)`

/** Accounts on a database of their own, behind a real server. Call it at the top level of a test file. */
export async function accountsWorld(options: Partial<AccountsDeps> & { mail?: boolean } = {}): Promise<AccountsWorld> {
  const db = await testDatabase()
  await migrate(db, [...accessMigrations, ...migrations])
  await db.pool.query(USER_TABLE)
  await seedRoles(db.kysely)
  const mails: AccountsWorld['mails'] = []
  const plainUsers = sqlUsers(db)
  const app = express()
  const server: Server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterAll(() => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve) }))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { mail, ...rest } = options
  const accounts = createAccounts({
    db, log: testLog, secret: 'a secret for tests, forty characters long', publicUrl: url, users: plainUsers,
    ...(mail && { sendMail: async (letter) => { mails.push(letter) } }), ...rest,
  })
  app.use('/auth', authRouter(accounts))

  async function send(method: string, path: string, body: unknown, headers: Record<string, string>): Promise<Answer> {
    const response = await fetch(url + path, {
      method, headers: { ...(method === 'POST' && { 'content-type': 'application/json' }), ...headers },
      ...(method === 'POST' && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const setCookie = response.headers.getSetCookie().find((line) => /kartotek/.test(line) && !/Max-Age=0/.test(line))
    return { status: response.status, body: JSON.parse(text || '{}') as Answer['body'], headers: response.headers, cookie: setCookie?.split(';')[0], setCookie }
  }
  return {
    db, accounts, url, mails,
    post: (path, body, headers = {}) => send('POST', path, body, headers),
    get: (path, headers = {}) => send('GET', path, undefined, headers),
    async person(name, { roles = ['manager'], password = PASSWORD } = {}) {
      const email = `${name.toLowerCase()}@example.com`
      const { id } = await plainUsers.create({ name, email, locale: 'en' })
      if (password) await accounts.setPassword(id, password)
      await db.pool.query('insert into core.user_role (user_id, role_id) select $1, id from core.role where key = any($2)', [id, roles])
      return { id, email }
    },
    signIn: (email, more = {}, headers = {}) => send('POST', '/auth/sign-in', { email, password: PASSWORD, ...more }, headers),
    request: (headers, remoteAddress = '127.0.0.1') => ({ headers, socket: { remoteAddress } }) as unknown as IncomingMessage,
    async log(kind) {
      const { rows } = await db.pool.query('select kind, user_id, ip, detail from core.access_log where $1::text is null or kind = $1 order by at, id', [kind ?? null])
      return rows
    },
  }
}
