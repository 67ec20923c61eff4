import { createLogger, loadConfig, type Config, type Logger } from '../config/index.ts'
import { openDatabase, type Database } from '../database/index.ts'
import type { Io } from './command.ts'

/**
 * Opens the database of the settings for the length of `work`: the outside one, the embedded one of a running Kartotek, or
 * the embedded one started for this; with `existing` none is made where there is none.
 */
export async function withDatabase<Result>(io: Io, work: (db: Database, config: Config, log: Logger) => Promise<Result>, { existing = false } = {}): Promise<Result> {
  const config = loadConfig(io.env, io.cwd)
  // standard output belongs to the command's result
  const log = createLogger({ logLevel: io.env.LOG_LEVEL || 'warn' }, process.stderr)
  const db = await openDatabase(config, log, { attach: true, maxConnections: 5, existing })
  try {
    return await work(db, config, log)
  } finally {
    await db.close()
  }
}
