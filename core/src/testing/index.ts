import { randomBytes } from 'node:crypto'
import { afterAll, inject } from 'vitest'
import { migrate, openDatabase, type Database, type Migration } from '../database/index.ts'
import type {} from './global-setup.ts'
import { databaseUrl, testLog, withAdmin, type TestServer } from './test-server.ts'

export { testLog } from './test-server.ts'

export interface TestDatabaseOptions {
  /** `full` (default): as {@link prepareTemplate} left it. `empty`: no schema, no extension. `crm`: a whole core was started on it once. */
  from?: keyof TestServer['templates']
  /** Applied on top; those that the template has already are left out. */
  migrations?: readonly Migration[]
  /** Connections in the pool. Default 10. */
  maxConnections?: number
  /** Where statements look for names. Default: that of the server. */
  searchPath?: string
}

/**
 * A database of its own for a test file, on the one PostgreSQL of the run, cloned in some 50 ms. Call it at the top level of the
 * file: it is then closed and dropped after the file's last test. Called inside a hook or a test, the caller closes it.
 *
 * @example
 * const db = await testDatabase({ migrations })
 * it('keeps a session', async () => { await db.pool.query('select …') })
 */
export async function testDatabase(options: TestDatabaseOptions = {}): Promise<Database> {
  const plain = await testDatabaseUrl(options.from)
  const url = options.searchPath === undefined ? plain : `${plain}${plain.includes('?') ? '&' : '?'}options=${encodeURIComponent(`-c search_path=${options.searchPath}`)}`
  const db = await openDatabase({ dataDir: '', databaseUrl: url, pluginsDatabaseUrl: pluginsUrlOf(url) }, testLog, { maxConnections: options.maxConnections ?? 10 })
  if (options.migrations) await migrate(db, options.migrations)
  const drop = async (): Promise<void> => {
    await db.close()
    await dropTestDatabase(url)
  }
  try {
    afterAll(drop)
  } catch {
    // not while files are collected: then the one who asked closes it
  }
  return db
}

/** As {@link testDatabase}, for a server under test that connects by itself (`DATABASE_URL`). Lives until the end of the run. */
export async function testDatabaseUrl(from: keyof TestServer['templates'] = 'full'): Promise<string> {
  const server = inject('testServer')
  if (from !== 'empty' && server.problem) throw new Error(`The template of the tests' databases could not be made: ${server.problem}`)
  const name = `${server.prefix}_${randomBytes(6).toString('hex')}`
  // file by file: by default every page goes through the log, which costs forty times as much
  await withAdmin(server.adminUrl, admin => admin.query(`create database ${name} template ${server.templates[from]} owner ${server.role} strategy file_copy`))
  return databaseUrl(server.roleUrl, name)
}

/** The way of the plugins' role into a database made by {@link testDatabaseUrl}. */
export function pluginsUrlOf(url: string): string {
  return databaseUrl(inject('testServer').pluginsUrl, new URL(url).pathname.slice(1))
}

/** Drops a database made by {@link testDatabaseUrl}, whoever is connected to it. */
export async function dropTestDatabase(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1)
  await withAdmin(inject('testServer').adminUrl, admin => admin.query(`drop database if exists ${name} with (force)`))
}
