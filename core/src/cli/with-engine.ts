import { filesDirectory, lastUrl, pluginsDirectory, type Config, type Logger } from '../config/index.ts'
import type { Database } from '../database/index.ts'
import { openKartotek, type Kartotek } from '../kartotek.ts'
import type { Engine } from '../records/engine.ts'

/**
 * The record engine without a server, for commands that write records: with the guards of plugins, and without background
 * work, which a running server does. Events are delivered by the server, now or at its next start.
 */
export async function withEngine<Result>(db: Database, config: Config, log: Logger, work: (engine: Engine) => Promise<Result>): Promise<Result> {
  return withKartotek(db, config, log, (kartotek) => work(kartotek.engine))
}

/** The same with all parts of a process, for commands that change the model. */
export async function withKartotek<Result>(db: Database, config: Config, log: Logger, work: (kartotek: Kartotek) => Promise<Result>): Promise<Result> {
  const kartotek = await openKartotek({
    db, log, secret: config.secret, filesDir: filesDirectory(config), role: 'worker', plugins: config.plugins, bundled: true, pluginsDir: pluginsDirectory(config), work: false,
    accounts: { publicUrl: lastUrl(config) },
  })
  try {
    return await work(kartotek)
  } finally {
    await kartotek.close()
  }
}
