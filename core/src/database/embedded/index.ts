import type { Log } from '@kartotek/sdk'
import { StartError } from '../errors.ts'
import { findBinaries } from './binaries.ts'
import { Cluster, diskFull } from './cluster.ts'
import { APP, PLUGINS, SUPERUSER, loadCredentials, socketUrl } from './credentials.ts'
import { lockHolder, takeLock } from './lock.ts'
import { choosePlace } from './place.ts'
import { ensureRoles } from './roles.ts'
import { serverSettings } from './settings.ts'
import { superviseCluster, type ServerState } from './supervisor.ts'

export type { ServerState } from './supervisor.ts'

export interface EmbeddedOptions {
  /**
   * Use the server of a running Kartotek if there is one, instead of refusing: for command-line programs. Default false.
   */
  attach?: boolean
  /** Refuse where there is no database yet, instead of making one. Default false. */
  existing?: boolean
  /** Give up durability for speed: for tests only. Default false. */
  fast?: boolean
  /** Directory for a new one, in place of one below `dataDir`. */
  home?: string | undefined
}

/** The PostgreSQL of one data directory. */
export interface EmbeddedServer {
  /** Connection string of the app's role, which owns its database and has no other rights. */
  readonly url: string
  /** Connection string of the role that owns the plugins' own tables, into the same database. */
  readonly pluginsUrl: string
  /** Connection string of the superuser, by default into the app's database: for physical backups, for looking for damage and for tests; never for the app. */
  superuserUrl(database?: string): string
  /** Directory of the data, the log and the lock. */
  readonly home: string
  /** False when another process runs it and this one is attached. */
  readonly own: boolean
  state(): ServerState
  /** Stops the server, unless it is another process's. */
  close(): Promise<void>
}

/**
 * Starts the PostgreSQL of `dataDir`, making it on the first start. A server that a killed app left running is adopted; one
 * that died is recovered; while this process runs, it is started again whenever it dies.
 *
 * @throws StartError when another Kartotek runs on the directory, or the server cannot be started
 */
export async function openEmbedded(dataDir: string, log: Log, options: EmbeddedOptions = {}): Promise<EmbeddedServer> {
  const place = choosePlace(dataDir, log, options.home)
  const urls = (): Pick<EmbeddedServer, 'url' | 'pluginsUrl' | 'superuserUrl' | 'home'> => {
    const credentials = loadCredentials(place)
    return {
      url: socketUrl(place, APP, credentials.app, APP), pluginsUrl: socketUrl(place, PLUGINS, credentials.plugins, APP),
      superuserUrl: (database = APP) => socketUrl(place, SUPERUSER, credentials.superuser, database), home: place.home,
    }
  }
  if (options.attach && lockHolder(place.home)) {
    return { ...urls(), own: false, state: () => ({ running: true, restarts: 0 }), close: async () => undefined }
  }
  const lock = takeLock(place.home, dataDir)
  try {
    const cluster = new Cluster(place, findBinaries(place, log))
    const settings = serverSettings(place, options)
    if (!cluster.exists) {
      if (options.existing) throw new StartError(`There is no Kartotek in ${dataDir}: run this where it runs (\`npm run kartotek -- …\` in its folder), or name its data directory in KARTOTEK_DATA_DIR.`)
      log.info(`making a new PostgreSQL database in ${place.home}`)
      await cluster.create(loadCredentials(place))
    }
    if (cluster.pid !== undefined && !cluster.runsWith(settings)) {
      log.info('stopping the PostgreSQL that an earlier version left running')
      await cluster.stop()
    }
    if (cluster.pid === undefined) await cluster.start(settings)
    else log.info({ pid: cluster.pid }, 'adopted the PostgreSQL that was left running')
    await ensureRoles(place, loadCredentials(place))
    const supervisor = superviseCluster(cluster, settings, log)
    return {
      ...urls(), own: true, state: () => supervisor.state(),
      async close() {
        await supervisor.stop()
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw (error as NodeJS.ErrnoException).code === 'ENOSPC' ? diskFull(place.home, error) : error
  }
}

/**
 * Makes the PostgreSQL of `dataDir` from a copy: `fill` writes a whole data directory into the one that it gets. The next
 * {@link openEmbedded} starts it.
 *
 * @throws StartError when there is a database already, or the copy is of another major version
 */
export async function placeCluster(dataDir: string, log: Log, fill: (directory: string) => Promise<{ credentials: string, postgresql: string }>): Promise<void> {
  const place = choosePlace(dataDir, log)
  const lock = takeLock(place.home, dataDir)
  try {
    await new Cluster(place, findBinaries(place, log)).fill(fill)
  } finally {
    lock.release()
  }
}
