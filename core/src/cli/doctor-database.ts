import type { Pool } from 'pg'
import type { Database } from '../database/index.ts'
import type { Finding } from './doctor.command.ts'

/** PostgreSQL counts dropped columns for life, up to 1,600 in a table. */
const MOST_COLUMNS = 1_600, MANY_COLUMNS = 1_200
const LONG_TRANSACTION = '5 minutes'

/** What to know about the database. That it can be opened says already that version, encoding and locale are right. */
export async function databaseFindings(db: Database): Promise<Finding[]> {
  return [
    await server(db), await extensions(db.pool), await migrations(db.pool), await indexes(db.pool),
    ...await columns(db.pool), ...await transactions(db.pool),
  ]
}

async function server({ pool, version, embedded }: Database): Promise<Finding> {
  const { rows: [row] } = await pool.query<{ checksums: string, ctype: string, size: string, fsync: string }>(`
    select current_setting('data_checksums') as checksums, current_setting('fsync') as fsync, datctype as ctype,
      pg_size_pretty(pg_database_size(datname)) as size
    from pg_database where datname = current_database()`)
  const where = embedded ? `embedded${embedded.own ? '' : ', used by a running Kartotek'}, in ${embedded.home}` : 'outside server'
  const text = `PostgreSQL ${version}, ${where}, locale ${row!.ctype}, ${row!.size}`
  if (row!.fsync !== 'on') return { level: 'bad', subject: 'database', text: `${text}; fsync is off: a crash of the machine destroys data, turn it on` }
  if (row!.checksums !== 'on') return { level: 'look', subject: 'database', text: `${text}; data checksums are off: damage of the disk goes unseen (\`pg_checksums --enable\`)` }
  return { level: 'ok', subject: 'database', text }
}

async function extensions(pool: Pool): Promise<Finding> {
  const { rows } = await pool.query<{ name: string, version: string }>(`select extname as name, extversion as version from pg_extension where extname <> 'plpgsql' order by 1`)
  return { level: 'ok', subject: 'extensions', text: rows.map(row => `${row.name} ${row.version}`).join(', ') || 'none yet' }
}

async function migrations(pool: Pool): Promise<Finding> {
  const { rows: [table] } = await pool.query<{ there: boolean }>(`select to_regclass('core.migration') is not null as there`)
  if (!table!.there) return { level: 'look', subject: 'migrations', text: 'the database is empty: the first start fills it' }
  const { rows: [row] } = await pool.query<{ count: string, last: string | null }>('select count(*), max(applied_at)::date::text as last from core.migration')
  return { level: 'ok', subject: 'migrations', text: `${row!.count} applied, the last one on ${row!.last ?? '–'}` }
}

async function indexes(pool: Pool): Promise<Finding> {
  const { rows } = await pool.query<{ name: string }>('select indexrelid::regclass::text as name from pg_index where not indisvalid order by 1')
  return rows.length
    ? { level: 'look', subject: 'indexes', text: `not valid: ${rows.map(row => row.name).join(', ')}: being built, or left by a crash; the server builds them again at its start` }
    : { level: 'ok', subject: 'indexes', text: 'all valid' }
}

async function columns(pool: Pool): Promise<Finding[]> {
  const { rows } = await pool.query<{ name: string, used: number, dropped: string, spare: string }>(`
    select attrelid::regclass::text as name, max(attnum)::int as used, count(*) filter (where attisdropped) as dropped, count(*) filter (where attname::text ^@ '_spare_') as spare
    from pg_attribute join pg_class on pg_class.oid = attrelid
    where relkind = 'r' and attnum > 0 and relnamespace = to_regnamespace('core') group by 1 having max(attnum) > $1 order by 2 desc`, [MANY_COLUMNS])
  return rows.map(({ name, used, dropped, spare }): Finding => ({
    level: 'look', subject: 'columns',
    text: `${name} has used ${used} of the ${MOST_COLUMNS} columns that a table can have in its life (${dropped} are dropped, ${spare} spare for new fields): a backup restored into an empty database frees those`,
  }))
}

async function transactions(pool: Pool): Promise<Finding[]> {
  const { rows } = await pool.query<{ pid: number, age: string, state: string, name: string }>(`
    select pid, date_trunc('second', now() - xact_start)::text as age, state, application_name as name
    from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and now() - xact_start > $1::interval`, [LONG_TRANSACTION])
  return rows.map(({ pid, age, state, name }): Finding => ({
    level: 'look', subject: 'transactions', text: `process ${pid} (${name || 'no name'}, ${state}) holds a transaction open for ${age}: it keeps fields from being added`,
  }))
}
