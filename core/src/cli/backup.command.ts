import { resolve } from 'node:path'
import { backup as writeBackup, backupCluster } from '../backup/index.ts'
import { filesDirectory } from '../config/index.ts'
import { readArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { withDatabase } from './with-database.ts'

export const backup: Command = {
  name: 'backup',
  usage: 'FILE [--physical] [--force] [--without-secret]',
  summary: 'Write everything into one archive, also while the server runs.',
  async run(args, io) {
    const { positionals: [file], values } = readArguments(args, 1, { 'physical': { type: 'boolean' }, 'force': { type: 'boolean' }, 'without-secret': { type: 'boolean' } })
    await withDatabase(io, async (db, config) => {
      const options = { filesDir: filesDirectory(config), force: values.force, secret: values['without-secret'] ? undefined : config.secret }
      const target = resolve(io.cwd, file!)
      const { what, withSecret, elsewhere = [] } = values.physical ? physical(await backupCluster(db, target, options)) : logical(await writeBackup(db, target, options))
      io.out(`${file}: ${what}. Keep it safe: it holds all data${withSecret ? ' and the secret' : ', without the secret: keep that too'}.`)
      for (const { storage, count } of elsewhere) io.out(`Not in it: ${count} versions of files, which the plugin ${storage} keeps. Save them where it keeps them.`)
    })
  },
}

interface Told { what: string, withSecret: boolean, elsewhere?: { storage: string, count: number }[] }
const logical = ({ tables, files, withSecret, elsewhere }: Awaited<ReturnType<typeof writeBackup>>): Told =>
  ({ elsewhere, what: `${tables.reduce((sum, table) => sum + table.rows, 0)} rows of ${tables.length} tables and ${files.count} files`, withSecret })
const physical = ({ cluster, files, postgresql, machine, withSecret }: Awaited<ReturnType<typeof backupCluster>>): Told =>
  ({ what: `PostgreSQL ${postgresql} of ${machine}, ${Math.ceil(cluster.bytes / 1e6)} MB, and ${files.count} files`, withSecret })
