import pg from 'pg'
import { StartError, withoutLimits, type EmbeddedServer } from '../database/index.ts'

const TABLES = `
  select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = relnamespace
  where relkind in ('r', 'm', 't') and relpersistence = 'p' and nspname <> 'information_schema' order by 1`
const INDEXES = `
  select c.oid::regclass::text as name, indisunique as unique from pg_index i join pg_class c on c.oid = indexrelid join pg_am a on a.oid = relam
  where amname = 'btree' and relkind = 'i' and relpersistence = 'p' and indisvalid and indisready order by 1`

/**
 * Looks through every table and every B-tree of the embedded database for damage (PostgreSQL's `amcheck`): checksums of an
 * archive say that it was read right, this says that what stands on the disk now is whole. Reads everything, with every row
 * looked up in its indexes: about as long as a restore.
 *
 * @returns how many were checked
 * @throws StartError that names the first damaged one
 */
export async function verifyEmbedded(embedded: EmbeddedServer): Promise<{ tables: number, indexes: number }> {
  const client = new pg.Client({ connectionString: embedded.superuserUrl() })
  await client.connect()
  try {
    await withoutLimits(client)
    // rolled back at the end: the extension is a superuser's, and would go into every later backup
    await client.query('begin')
    await client.query('create extension if not exists amcheck')
    const tables = (await client.query<{ name: string }>(TABLES)).rows
    for (const { name } of tables) {
      const { rows: [damage] } = await client.query<{ blkno: string, msg: string }>('select blkno, msg from verify_heapam($1::regclass)', [name])
      if (damage) throw damagedOnDisk(name, `block ${damage.blkno}: ${damage.msg}`)
    }
    const indexes = (await client.query<{ name: string }>(INDEXES)).rows
    for (const { name } of indexes) {
      await client.query('select bt_index_check($1::regclass, true)', [name]).catch((error: Error) => { throw damagedOnDisk(name, error.message) })
    }
    return { tables: tables.length, indexes: indexes.length }
  } finally {
    await client.end()
  }
}

const damagedOnDisk = (name: string, how: string): StartError =>
  new StartError(`${name} is damaged on the disk (${how}): do not go on with this database; check the disk and the memory of the machine, and restore another backup.`)
