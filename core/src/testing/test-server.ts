import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, statfsSync } from 'node:fs'
import { freemem, tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import { openDatabase } from '../database/index.ts'
import { openEmbedded } from '../database/embedded/index.ts'
import { lockHolder } from '../database/embedded/lock.ts'
import { serverProcesses } from '../database/embedded/process-info.ts'

/** What a test file must know to make its own database. */
export interface TestServer {
  /** Connection string of a role that may create databases. */
  adminUrl: string
  /** Role that owns the databases of tests, and its connection string without the database's name. */
  role: string
  roleUrl: string
  /** The same for the role that owns the plugins' own tables; on an outside server that of `roleUrl`. */
  pluginsUrl: string
  templates: { full: string, empty: string, crm: string }
  /** Prefix of the databases of this run. */
  prefix: string
  /** Why there is no full template: only the tests that need it fail then. */
  problem?: string
}

const PREFIX = 'kartotek-test-'
const ABANDONED_MS = 10 * 60 * 1000
const MEMORY = '/dev/shm', ENOUGH_MEMORY = 8 * 1024 ** 3

/** Signs the sessions of all nodes of a test. */
export const TEST_SECRET = 'a secret of the tests, thirty-two characters long'

/** Log lines of tests: silent unless `LOG_LEVEL` is set. */
export const testLog = pino({ level: process.env.LOG_LEVEL ?? 'silent' })

/**
 * Starts one PostgreSQL for a test run, or uses the one of `TEST_DATABASE_URL` (a role that may create databases), and
 * makes the templates in it.
 */
export async function startTestServer(): Promise<{ server: TestServer, stop(): Promise<void> }> {
  const prefix = `kt_test_${process.pid}`
  const { stop, ...base } = await baseServer()
  const { adminUrl, roleUrl, role } = base
  const server: TestServer = { ...base, prefix, templates: { full: `${prefix}_full`, empty: `${prefix}_empty`, crm: `${prefix}_crm` } }
  try {
    await withAdmin(adminUrl, async admin => {
      await admin.query(`create database ${server.templates.empty} template template0 owner ${role} encoding 'UTF8'`)
      await admin.query(`create database ${server.templates.full} template template0 owner ${role} encoding 'UTF8'`)
    })
    await prepare(databaseUrl(roleUrl, server.templates.full), 'prepareTemplate')
      .then(async () => {
        await withAdmin(adminUrl, admin => admin.query(`create database ${server.templates.crm} template ${server.templates.full} owner ${role}`))
        await prepare(databaseUrl(roleUrl, server.templates.crm), 'startOnce')
      })
      .catch((error: Error) => { server.problem = error.stack ?? error.message })
  } catch (error) {
    await dropAll(adminUrl, prefix)
    await stop()
    throw error
  }
  return {
    server,
    async stop() {
      if (process.env.TEST_DATABASE_URL) await dropAll(adminUrl, prefix)
      await stop()
    },
  }
}

async function prepare(url: string, step: 'prepareTemplate' | 'startOnce'): Promise<void> {
  // loaded here, so that a fault in it is told to the tests that need it instead of ending the run
  const template = await import('./template.ts')
  const db = await openDatabase({ dataDir: '', databaseUrl: url }, testLog)
  try {
    await template[step](db)
  } finally {
    await db.close()
  }
}

async function baseServer(): Promise<Pick<TestServer, 'adminUrl' | 'roleUrl' | 'pluginsUrl' | 'role'> & { stop(): Promise<void> }> {
  const outside = process.env.TEST_DATABASE_URL
  if (outside) {
    const role = await withAdmin(outside, async admin => (await admin.query<{ name: string }>('select quote_ident(current_user) as name')).rows[0]!.name)
    return { adminUrl: outside, roleUrl: outside, pluginsUrl: outside, role, stop: async () => undefined }
  }
  removeAbandoned()
  const dataDir = mkdtempSync(join(tmpdir(), PREFIX))
  const embedded = await openEmbedded(dataDir, testLog, { fast: true, home: inMemory() })
  return {
    adminUrl: embedded.superuserUrl('postgres'), roleUrl: embedded.url, pluginsUrl: embedded.pluginsUrl, role: 'kartotek',
    async stop() {
      await embedded.close()
      rmSync(dataDir, { recursive: true, force: true })
      // for root, and in memory, it lies outside of the data directory
      rmSync(embedded.home, { recursive: true, force: true })
    },
  }
}

/**
 * A directory that lies in memory, where the system has one with room for the databases of a whole run: each is a thousand files,
 * and a disk's file system takes longer to make them the more were removed lately.
 */
function inMemory(): string | undefined {
  if (!existsSync(MEMORY)) return undefined
  const { bavail, bsize } = statfsSync(MEMORY)
  return Math.min(bavail * bsize, freemem()) > ENOUGH_MEMORY ? mkdtempSync(join(MEMORY, PREFIX)) : undefined
}

/** A run that was killed leaves its PostgreSQL running. Those of the last minutes may still be starting. */
function removeAbandoned(): void {
  for (const name of readdirSync(tmpdir()).filter(name => name.startsWith(PREFIX))) {
    const dataDir = join(tmpdir(), name), note = join(dataDir, 'postgresql.json')
    if (Date.now() - statSync(dataDir).mtimeMs < ABANDONED_MS || !existsSync(note)) continue
    const { home } = JSON.parse(readFileSync(note, 'utf8')) as { home: string }
    if (lockHolder(home)) continue
    for (const pid of serverProcesses(join(home, 'cluster'))) process.kill(pid, 'SIGKILL')
    for (const path of [home, dataDir]) rmSync(path, { recursive: true, force: true })
  }
}

/** The same connection string with another database. */
export function databaseUrl(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.toString()
}

export async function withAdmin<Result>(url: string, work: (admin: pg.Client) => Promise<Result>): Promise<Result> {
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.end()
  }
}

async function dropAll(adminUrl: string, prefix: string): Promise<void> {
  await withAdmin(adminUrl, async admin => {
    const { rows } = await admin.query<{ name: string }>(`select datname as name from pg_database where starts_with(datname, $1)`, [prefix])
    for (const { name } of rows) await admin.query(`drop database if exists ${name} with (force)`)
  })
}
