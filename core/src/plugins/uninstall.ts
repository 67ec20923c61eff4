import { sql, type Kysely } from 'kysely'
import { sqlState, type Database } from '../database/index.ts'
import { DEAD_QUEUE } from '../jobs/boss.ts'
import { bumpRevision, lockModel } from '../model/sync.ts'
import type { Column } from '../model/model.ts'
import { PluginError } from './state.ts'
import { schemaOf } from './tables/schema.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** What a plugin keeps in the database, and what would go with it. */
export interface Holdings {
  /** Its objects, with the number of their records, the trash included. */
  objects: { name: string, records: number }[]
  /** Its fields on objects of others, and fields of others that lead to its objects, with the number of records that have a value. */
  fields: { object: string, key: string, values: number }[]
  /** Its own tables. */
  tables: { name: string, rows: number }[]
  /** Entries of its kinds on timelines. */
  timelineEntries: number
}

/** Looks up what the data of a plugin are: for the question what to do with them. @throws PluginError where another plugin leads to its objects */
export async function holdingsOf(db: Db, plugin: string): Promise<Holdings> {
  const objects = await objectsOf(db, plugin)
  const fields = await fieldsOf(db, plugin, objects)
  const { rows: own } = await sql<{ name: string }>`select relname as name from pg_class where relnamespace = to_regnamespace(${schemaOf(plugin)}) and relkind in ('r', 'p') and not relispartition and relname <> 'kartotek_migration' order by 1`.execute(db)
  const count = async (from: ReturnType<typeof sql>): Promise<number> => Number((await sql<{ n: string }>`select count(*) as n from ${from}`.execute(db)).rows[0]!.n)
  return {
    objects: await inTurn(objects, async ({ name, table }) => ({ name, records: await count(sql`core.${sql.id(table)}`) })),
    fields: await inTurn(fields, async ({ object, key, table, columns }) => ({
      object, key, values: columns.length ? await count(sql`core.${sql.id(table)} where num_nonnulls(${sql.join(columns.map((c) => sql.id(c.name)))}) > 0`) : 0,
    })),
    tables: await inTurn(own, async ({ name }) => ({ name, rows: await count(sql`${sql.id(schemaOf(plugin))}.${sql.id(name)}`) })),
    timelineEntries: await count(sql`core.timeline_entry where starts_with(kind, ${`${plugin}-`})`),
  }
}

/**
 * Drops everything that a plugin holds: objects with their records and all that hangs on them, fields, tables, settings, rights,
 * jobs and entries of its kinds. The history of other records keeps what was written to them. No node may run the plugin.
 */
export async function dropHoldings(db: Database, plugin: string): Promise<void> {
  await db.kysely.transaction().execute(async (trx) => {
    await lockModel(trx)
    const objects = await objectsOf(trx, plugin)
    for (const field of await fieldsOf(trx, plugin, objects)) {
      for (const { name } of field.columns) await sql`alter table core.${sql.id(field.table)} drop column if exists ${sql.id(name)} cascade`.execute(trx)
      await sql`delete from core.field where id = ${field.id}`.execute(trx)
    }
    const names = objects.map(({ name }) => name)
    await forgetRecords(trx, names)
    for (const { table } of objects) await sql`drop table if exists core.${sql.id(table)} cascade`.execute(trx)
    await sql`delete from core.object where name = any(${names}::text[])`.execute(trx)
    await sql`delete from core.timeline_entry where starts_with(kind, ${`${plugin}-`})`.execute(trx)
    await forgetRights(trx, plugin, names)
    await sql`drop schema if exists ${sql.id(schemaOf(plugin))} cascade`.execute(trx)
    await sql`delete from core.setting where key = ${`plugin.${plugin}`}`.execute(trx)
    await sql`delete from core.external_ref where starts_with(system, ${`@${plugin}/`})`.execute(trx)
    await forgetWork(trx, plugin)
    await bumpRevision(trx, 'shape')
  })
}

interface OwnObject { name: string, table: string }
interface OwnField { id: string, object: string, key: string, table: string, columns: Column[] }

async function objectsOf(db: Db, plugin: string): Promise<OwnObject[]> {
  return (await sql<OwnObject>`select name, table_name as table from core.object where kind = 'plugin' and plugin = ${plugin} order by position`.execute(db)).rows
}

async function fieldsOf(db: Db, plugin: string, objects: readonly OwnObject[]): Promise<OwnField[]> {
  const names = objects.map(({ name }) => name)
  const { rows } = await sql<OwnField & { other: string | null }>`
    select f.id, f.object, concat_ws('.', nullif(field_group, ''), f.name) as key, o.table_name as table, f.columns,
      case when f.kind = 'plugin' and field_group <> ${plugin} then field_group end as other
    from core.field f join core.object o on o.name = f.object
    where f.object <> all(${names}::text[]) and (f.kind = 'plugin' and field_group = ${plugin} or f.definition ->> 'to' = any(${names}::text[]))
    order by o.position, key`.execute(db)
  const other = rows.find((row) => row.other !== null)
  if (other) throw new PluginError(`The field ${other.object}.${other.key} of the plugin ${other.other} leads to its objects: remove that plugin first.`)
  return rows
}

/** Deletes what every room keeps beside the records of these objects, found by its column `object`. */
async function forgetRecords(trx: Db, objects: readonly string[]): Promise<void> {
  if (!objects.length) return
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class c join pg_attribute on attrelid = c.oid and attname = 'object' and atttypid = 'text'::regtype and not attisdropped
    where relnamespace = 'core'::regnamespace and relkind in ('r', 'p') and not relispartition
      and relname not in ('object', 'field', 'change_set') and relname not in (select table_name from core.object)`.execute(trx)
  let waiting = rows.map(({ name }) => name)
  while (waiting.length) {
    const held: string[] = []
    for (const table of waiting) if (!await deleted(trx, table, objects)) held.push(table)
    if (held.length === waiting.length) throw new PluginError(`What ${held.join(', ')} hold of its objects cannot be deleted.`)
    waiting = held
  }
}

/** False where rows of a table that is not emptied yet still lead here. */
async function deleted(trx: Db, table: string, objects: readonly string[]): Promise<boolean> {
  await sql`savepoint forgetting`.execute(trx)
  try {
    await sql`delete from core.${sql.id(table)} where object = any(${objects}::text[])`.execute(trx)
    await sql`release savepoint forgetting`.execute(trx)
    return true
  } catch (error) {
    await sql`rollback to savepoint forgetting`.execute(trx)
    if (sqlState(error) === '23503') return false
    throw error
  }
}

async function forgetRights(trx: Db, plugin: string, objects: readonly string[]): Promise<void> {
  await sql`
    update core.role set version = version + 1, rules = jsonb_set(jsonb_set(rules,
      '{objects}', coalesce(rules -> 'objects', '{}') - ${objects}::text[]),
      '{capabilities}', coalesce((select jsonb_agg(c) from jsonb_array_elements(rules -> 'capabilities') c where not starts_with(c #>> '{}', ${`${plugin}.`})), '[]'))
    where coalesce(rules -> 'objects', '{}') ?| ${objects}::text[]
      or exists (select from jsonb_array_elements_text(coalesce(rules -> 'capabilities', '[]')) c where starts_with(c, ${`${plugin}.`}))`.execute(trx)
}

async function forgetWork(trx: Db, plugin: string): Promise<void> {
  for (const table of ['event_handler', 'event_interest', 'plugin_state', 'received_webhook', 'plugin_choice', 'plugin_package', 'plugin_run', 'plugin_log']) await sql`delete from core.${sql.id(table)} where plugin = ${plugin}`.execute(trx)
  await sql`delete from core.job_started where starts_with(queue, ${`${plugin}.`})`.execute(trx)
  const { rows: [store] } = await sql<{ there: boolean }>`select to_regclass('pgboss.queue') is not null as there`.execute(trx)
  if (!store!.there) return
  const own = `${plugin}.`
  await sql`delete from pgboss.schedule where starts_with(name, ${own})`.execute(trx)
  await sql`delete from pgboss.job where name = ${DEAD_QUEUE} and starts_with(source_name, ${own})`.execute(trx)
  await sql`select pgboss.delete_queue(name) from pgboss.queue where starts_with(name, ${own})`.execute(trx)
  await sql`delete from core.waiting_job where starts_with(queue, ${own})`.execute(trx)
}

/** One after the other: they share a connection. */
async function inTurn<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  for (const item of items) results.push(await work(item))
  return results
}
