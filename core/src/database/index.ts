import { Kysely, PostgresDialect } from 'kysely'
import type pg from 'pg'
import type { Log } from '@kartotek/sdk'
import { openEmbedded, type EmbeddedOptions, type EmbeddedServer } from './embedded/index.ts'
import { Listener } from './listen.ts'
import { createPool } from './pool.ts'
import { checkServer } from './server-check.ts'

export { migrate, type Migration } from './migration.ts'
export { databaseHealth, type DatabaseHealth } from './health.ts'
export { createPool, withoutLimits } from './pool.ts'
export { placeCluster, type EmbeddedServer } from './embedded/index.ts'
export { InternalError, StartError, isContention, isDatabaseAway, isDiskFull, isPassing, sqlState } from './errors.ts'

/** The one database of the process. */
export interface Database {
  /** Connection string, password included: for libraries that open connections of their own. Never logged. */
  readonly url: string
  /**
   * Connection string of the role that owns the plugins' own tables and may only refer to those of the core. Same as {@link url}
   * where an outside server gives no other role.
   */
  readonly pluginsUrl: string
  readonly pool: pg.Pool
  /** Over {@link pool}; also the `driverOptions` of every generation's MikroORM. Its tables are made at run time, hence `any`. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables and columns are defined by administrators at run time
  readonly kysely: Kysely<any>
  /** Version of the server: `18.4`. */
  readonly version: string
  /** The PostgreSQL that this process runs itself; absent with `DATABASE_URL`. */
  readonly embedded?: EmbeddedServer
  /**
   * Calls `handler` for each NOTIFY on `channel`. After a lost connection it listens again by itself and calls
   * `onReconnect`: what was sent meanwhile is lost. Resolves to a function that ends the listening.
   */
  listen(channel: string, handler: (payload: string) => void, onReconnect?: () => void): Promise<() => Promise<void>>
  /** Ends all connections, and the embedded server if this process runs it. */
  close(): Promise<void>
}

export interface DatabaseConfig {
  /** Absolute path of the data directory. */
  readonly dataDir: string
  /** Outside server; absent = the embedded one. */
  readonly databaseUrl?: string | undefined
  /** Same database of the outside server, as the role for the plugins' own tables. Default: `databaseUrl`. */
  readonly pluginsDatabaseUrl?: string | undefined
}

export interface OpenOptions extends EmbeddedOptions {
  /** Connections in the pool. Default 20. */
  maxConnections?: number
}

/**
 * Connects to `config.databaseUrl`, or starts (or adopts) the embedded PostgreSQL of `config.dataDir`, and checks that the
 * server is usable.
 *
 * @throws StartError with one sentence for the operator: server too old, wrong locale, data directory in use, disk full
 */
export async function openDatabase(config: DatabaseConfig, log: Log, options: OpenOptions = {}): Promise<Database> {
  if (config.databaseUrl) return connect({ url: config.databaseUrl, pluginsUrl: config.pluginsDatabaseUrl ?? config.databaseUrl }, log, options, undefined)
  const embedded = await openEmbedded(config.dataDir, log, options)
  try {
    return await connect(embedded, log, options, embedded)
  } catch (error) {
    await embedded.close()
    throw error
  }
}

async function connect({ url, pluginsUrl }: Pick<Database, 'url' | 'pluginsUrl'>, log: Log, options: OpenOptions, embedded: EmbeddedServer | undefined): Promise<Database> {
  const pool = createPool(url, log, { max: options.maxConnections ?? 20, applicationName: 'kartotek' })
  let version: string
  try {
    const server = await checkServer(pool, url, log)
    version = server.version
    if (embedded && !server.checksums) {
      log.warn(`The database in ${embedded.home} was made without data checksums, so damage of the disk goes unseen: make a backup and restore it into a new data directory.`)
    }
  } catch (error) {
    await pool.end()
    throw error
  }
  const listener = new Listener(url, log)
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    await listener.close()
    await pool.end()
    await embedded?.close()
  }
  return {
    url, pluginsUrl, pool, version, embedded,
    kysely: new Kysely({ dialect: new PostgresDialect({ pool }) }),
    listen: (channel, handler, onReconnect) => listener.listen(channel, handler, onReconnect),
    close: () => closing ??= close(),
  }
}
