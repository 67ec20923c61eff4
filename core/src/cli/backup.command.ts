import { resolve } from 'node:path'
import { backup as writeBackup } from '../backup/index.ts'
import { filesDirectory } from '../config/index.ts'
import { readArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { withDatabase } from './with-database.ts'

export const backup: Command = {
  name: 'backup',
  usage: 'FILE [--force] [--without-secret]',
  summary: 'Write everything into one archive, also while the server runs.',
  async run(args, io) {
    const { positionals: [file], values } = readArguments(args, 1, { 'force': { type: 'boolean' }, 'without-secret': { type: 'boolean' } })
    await withDatabase(io, async (db, config) => {
      const { tables, files, withSecret } = await writeBackup(db, resolve(io.cwd, file!), {
        filesDir: filesDirectory(config), force: values.force, secret: values['without-secret'] ? undefined : config.secret,
      })
      const rows = tables.reduce((sum, table) => sum + table.rows, 0)
      io.out(`${file}: ${rows} rows of ${tables.length} tables and ${files.count} files. Keep it safe: it holds all data${withSecret ? ' and the secret' : ', without the secret: keep that too'}.`)
    })
  },
}
