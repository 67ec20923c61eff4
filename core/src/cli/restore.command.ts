import { join, resolve } from 'node:path'
import { isClusterBackup, restore as readBackup, restoreCluster, verifyEmbedded } from '../backup/index.ts'
import { createLogger, filesDirectory, keepSecret, loadConfig, type Config } from '../config/index.ts'
import { StartError, type Database } from '../database/index.ts'
import { readArguments } from './arguments.ts'
import type { Command, Io } from './command.ts'
import { withDatabase } from './with-database.ts'

export const restore: Command = {
  name: 'restore',
  usage: 'FILE',
  summary: 'Load an archive of `kartotek backup` into an empty database, embedded or outside.',
  async run(args, io) {
    const { positionals: [name] } = readArguments(args, 1, {})
    const file = resolve(io.cwd, name!)
    if (await isClusterBackup(file)) return restorePhysical(file, io)
    await withDatabase(io, async (db, config) => {
      const { tables, files, secret, takenAt } = await readBackup(db, file, { filesDir: filesDirectory(config) })
      const rows = tables.reduce((sum, table) => sum + table.rows, 0)
      io.out(`Restored the state of ${takenAt}: ${rows} rows of ${tables.length} tables and ${files.count} files, all checksums right.`)
      await verify(db, io)
      takeSecret(secret, config, io)
    })
  },
}

async function restorePhysical(file: string, io: Io): Promise<void> {
  const config = loadConfig(io.env, io.cwd)
  if (config.databaseUrl) throw new StartError(`${file} is a physical backup, which only an embedded database can take: leave DATABASE_URL out, or use a backup made without --physical.`)
  const log = createLogger({ logLevel: io.env.LOG_LEVEL || 'warn' }, process.stderr)
  const { cluster, files, secret, takenAt } = await restoreCluster(config.dataDir, log, file, { filesDir: filesDirectory(config) })
  await withDatabase(io, async db => {
    io.out(`Restored the state of ${takenAt}: ${Math.ceil(cluster.bytes / 1e6)} MB of PostgreSQL ${db.version} and ${files.count} files, all checksums right.`)
    await verify(db, io)
  })
  takeSecret(secret, config, io)
}

async function verify(db: Database, io: Io): Promise<void> {
  if (!db.embedded) return
  const { tables, indexes } = await verifyEmbedded(db.embedded)
  io.out(`Looked through ${tables} tables and ${indexes} indexes on the disk: no damage.`)
}

function takeSecret(secret: string | undefined, config: Config, io: Io): void {
  if (secret === undefined) io.out('The archive carries no secret: set KARTOTEK_SECRET to the old one, or people sign in anew and encrypted settings are lost.')
  else if (secret === config.secret) return
  else if (io.env.KARTOTEK_SECRET) io.out('The archive carries another secret than KARTOTEK_SECRET: set that to the old one, or people sign in anew and encrypted settings are lost.')
  else {
    keepSecret(config.dataDir, secret)
    io.out(`Took over the old secret into ${join(config.dataDir, 'secret')}.`)
  }
}
