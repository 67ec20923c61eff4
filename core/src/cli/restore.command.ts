import { join, resolve } from 'node:path'
import { restore as readBackup } from '../backup/index.ts'
import { filesDirectory, keepSecret } from '../config/index.ts'
import { readArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { withDatabase } from './with-database.ts'

export const restore: Command = {
  name: 'restore',
  usage: 'FILE',
  summary: 'Load an archive of `kartotek backup` into an empty database, embedded or outside.',
  async run(args, io) {
    const { positionals: [file] } = readArguments(args, 1, {})
    await withDatabase(io, async (db, config) => {
      const { tables, files, secret, takenAt } = await readBackup(db, resolve(io.cwd, file!), { filesDir: filesDirectory(config) })
      const rows = tables.reduce((sum, table) => sum + table.rows, 0)
      io.out(`Restored the state of ${takenAt}: ${rows} rows of ${tables.length} tables and ${files.count} files, all checksums right.`)
      if (secret === undefined) io.out('The archive carries no secret: set KARTOTEK_SECRET to the old one, or people sign in anew and encrypted settings are lost.')
      else if (secret === config.secret) return
      else if (io.env.KARTOTEK_SECRET) io.out('The archive carries another secret than KARTOTEK_SECRET: set that to the old one, or people sign in anew and encrypted settings are lost.')
      else {
        keepSecret(config.dataDir, secret)
        io.out(`Took over the old secret into ${join(config.dataDir, 'secret')}.`)
      }
    })
  },
}
